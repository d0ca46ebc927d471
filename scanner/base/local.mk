# What scanner/base builds and tests.
scanner_libgilcheck_a_SOURCES += \
	scanner/base/arena.c \
	scanner/base/arena.h \
	scanner/base/buf.c \
	scanner/base/buf.h \
	scanner/base/diag.c \
	scanner/base/diag.h \
	scanner/base/file.c \
	scanner/base/file.h \
	scanner/base/map.c \
	scanner/base/map.h \
	scanner/base/path.c \
	scanner/base/path.h \
	scanner/base/vec.h

GC_UNIT_TESTS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_base_LDADD = $(GC_TEST_LIBS)
