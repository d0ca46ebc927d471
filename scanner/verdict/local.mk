# What scanner/verdict builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/verdict/extension_lock.c \
	scanner/verdict/extension_lock.h \
	scanner/verdict/suppress.c \
	scanner/verdict/suppress.h \
	scanner/verdict/verdict.c \
	scanner/verdict/verdict.h

GC_UNIT_TESTS += tests/unit/test_verdict
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c
tests_unit_test_verdict_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_verdict_LDADD = $(GC_TEST_LIBS)
