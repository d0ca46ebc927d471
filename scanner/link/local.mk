# What scanner/link builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/link/callgraph.c \
	scanner/link/declare.c \
	scanner/link/ext_dump.c \
	scanner/link/extension.c \
	scanner/link/extension.h \
	scanner/link/join.c \
	scanner/link/link.h \
	scanner/link/pointers.c \
	scanner/link/pymodules.c \
	scanner/link/pytables.c \
	scanner/link/reach.c \
	scanner/link/roots.c

GC_UNIT_TESTS += tests/unit/test_link
tests_unit_test_link_SOURCES = tests/unit/test_link.c
tests_unit_test_link_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_link_LDADD = $(GC_TEST_LIBS)

check_PROGRAMS += tests/stages/run_link
TESTS += tests/stages/run_link
tests_stages_run_link_SOURCES = tests/stages/run_link.c
tests_stages_run_link_CPPFLAGS = $(AM_CPPFLAGS) -DGC_TESTDIR='"$(abs_top_srcdir)/tests"' \
	-DGC_BUILDDIR='"$(abs_top_builddir)"'
tests_stages_run_link_LDADD = $(GC_LIBS)
EXTRA_DIST += tests/stages/link
