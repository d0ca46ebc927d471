# What scanner/discover builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/discover/build.h \
	scanner/discover/cmake.c \
	scanner/discover/compdb.c \
	scanner/discover/ctext.c \
	scanner/discover/ctext.h \
	scanner/discover/discover.c \
	scanner/discover/discover.h \
	scanner/discover/dump.c \
	scanner/discover/flags.c \
	scanner/discover/flags.h \
	scanner/discover/headers.c \
	scanner/discover/macro_values.c \
	scanner/discover/ini.c \
	scanner/discover/ini.h \
	scanner/discover/meson.c \
	scanner/discover/meson_parse.c \
	scanner/discover/py_parse.c \
	scanner/discover/pyproject.c \
	scanner/discover/script.h \
	scanner/discover/script_eval.c \
	scanner/discover/script_methods.c \
	scanner/discover/script_value.c \
	scanner/discover/setup.h \
	scanner/discover/setup_file.c \
	scanner/discover/setup_lib.c \
	scanner/discover/setup_py.c \
	scanner/discover/toml.c \
	scanner/discover/toml.h \
	scanner/discover/units.c \
	scanner/discover/walk.c

GC_UNIT_TESTS += tests/unit/test_discover
tests_unit_test_discover_SOURCES = tests/unit/test_discover.c
tests_unit_test_discover_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_discover_LDADD = $(GC_TEST_LIBS)
EXTRA_DIST += tests/stages/build
