# What scanner/frontend builds, tests and installs.

# Reads installed headers into compat-db/raw; run by hand (see compat-db/README.md).
noinst_PROGRAMS += gilcheck-import
gilcheck_import_SOURCES = \
	scanner/db/raw.h \
	scanner/db/raw_write.c \
	scanner/frontend/import.c \
	scanner/frontend/import.h \
	scanner/frontend/import_macro.c \
	scanner/frontend/import_type.c \
	scanner/frontend/import_walk.c
gilcheck_import_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(LIBCLANG_CPPFLAGS)
gilcheck_import_LDADD = $(GC_LIBS)
scanner_libgilcheck_a_SOURCES += \
	scanner/frontend/build_ops.c \
	scanner/frontend/cursor.c \
	scanner/frontend/frontend.h \
	scanner/frontend/generic.c \
	scanner/frontend/init.c \
	scanner/frontend/lower.c \
	scanner/frontend/lower.h \
	scanner/frontend/lower_call.c \
	scanner/frontend/lower_cxx.c \
	scanner/frontend/lower_expr.c \
	scanner/frontend/lower_stmt.c \
	scanner/frontend/parse.c \
	scanner/frontend/pch.c \
	scanner/frontend/record.c \
	scanner/frontend/record.h \
	scanner/frontend/recover.c \
	scanner/frontend/request.c \
	scanner/frontend/request.h \
	scanner/frontend/run.c \
	scanner/frontend/scan_text.c \
	scanner/frontend/serve.c \
	scanner/frontend/serve.h \
	scanner/frontend/source.c \
	scanner/frontend/symbols.c \
	scanner/frontend/tables.c \
	scanner/frontend/tables.h \
	scanner/frontend/types.c \
	scanner/frontend/unit.h \
	scanner/frontend/unknowns.c \
	scanner/frontend/words.c \
	scanner/frontend/words.h \
	scanner/frontend/words_db.c \
	scanner/frontend/workers.c

# The only program of those installed that loads libclang.
pkglibexec_PROGRAMS += gilcheck-parse
gilcheck_parse_SOURCES = scanner/frontend/parse_main.c
gilcheck_parse_LDADD = $(GC_LIBS)

# Python.h, precompiled for the default flags. What is precompiled names absolute paths:
# with DESTDIR, it is made on demand in the user's cache instead.
GC_API_VERSIONS = 3.13 3.14 3.15
noinst_PROGRAMS += gilcheck-pch
gilcheck_pch_SOURCES = scanner/frontend/pch_main.c
gilcheck_pch_LDADD = $(GC_LIBS)
api/pch-stamp: api/stamp gilcheck-pch$(EXEEXT)
	$(AM_V_GEN)./gilcheck-pch$(EXEEXT) $(abs_top_builddir) $(GC_API_VERSIONS) && touch $@
all-local: api/pch-stamp
install-data-hook: install-pch
install-pch: install-data-local
	@if test -z "$(DESTDIR)"; then \
		./gilcheck-pch$(EXEEXT) "$(pkgdatadir)" $(GC_API_VERSIONS); fi
.PHONY: install-pch

check_PROGRAMS += tests/stages/run_lower
TESTS += tests/stages/run_lower
tests_stages_run_lower_SOURCES = tests/stages/run_lower.c
tests_stages_run_lower_CPPFLAGS = $(AM_CPPFLAGS) -DGC_TESTDIR='"$(abs_top_srcdir)/tests"'
tests_stages_run_lower_LDADD = $(GC_LIBS)
EXTRA_DIST += tests/stages/lower

GC_UNIT_TESTS += tests/unit/test_frontend
tests_unit_test_frontend_SOURCES = tests/unit/test_frontend.c
tests_unit_test_frontend_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_frontend_LDADD = $(GC_TEST_LIBS)
