# What scanner/facts builds and tests.
scanner_libgilcheck_a_SOURCES += \
	scanner/facts/dump.c \
	scanner/facts/dump.h \
	scanner/facts/facts.c \
	scanner/facts/facts.h \
	scanner/facts/facts_io.c \
	scanner/facts/facts_io.h \
	scanner/facts/ops.def \
	scanner/facts/verify.c

GC_UNIT_TESTS += tests/unit/test_facts
tests_unit_test_facts_SOURCES = tests/unit/test_facts.c
tests_unit_test_facts_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_facts_LDADD = $(GC_TEST_LIBS)
