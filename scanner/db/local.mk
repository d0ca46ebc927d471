# What scanner/db builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/db/db.c \
	scanner/db/db.h \
	scanner/db/enums.def \
	scanner/db/load.c \
	scanner/db/load.h \
	scanner/db/print.c \
	scanner/db/shape.c \
	scanner/db/shape.h \
	scanner/db/tables.h \
	scanner/db/unpack.c

# The database is compiled into constant tables by a program that is built first.
noinst_PROGRAMS += gilcheck-dbgen
gilcheck_dbgen_SOURCES = \
	scanner/base/arena.c \
	scanner/base/buf.c \
	scanner/base/diag.c \
	scanner/base/file.c \
	scanner/base/map.c \
	scanner/base/path.c \
	scanner/db/format.c \
	scanner/db/format.h \
	scanner/db/gen.c \
	scanner/db/load.c \
	scanner/db/shape.c \
	scanner/db/verify.c \
	scanner/db/verify.h
gilcheck_dbgen_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(GC_PLACES)
gilcheck_dbgen_LDADD = $(JANSSON_LIBS)

nodist_scanner_libgilcheck_a_SOURCES = scanner/db/tables.c
CLEANFILES += scanner/db/tables.c
scanner/db/tables.c: gilcheck-dbgen$(EXEEXT) $(GC_DB_FILES)
	$(AM_V_GEN)$(MKDIR_P) scanner/db; set --; for f in $(GC_DB_FILES); do \
		set -- "$$@" "$(top_srcdir)/$$f"; done; \
	./gilcheck-dbgen$(EXEEXT) tables $@ "$$@"

GC_UNIT_TESTS += tests/unit/test_db
tests_unit_test_db_SOURCES = tests/unit/test_db.c
tests_unit_test_db_CPPFLAGS = $(GC_TEST_CPPFLAGS)
tests_unit_test_db_LDADD = $(GC_TEST_LIBS)
EXTRA_DIST += tests/unit/db

# Run by hand when a version of Python is added: what its sources show about the API.
noinst_PROGRAMS += gilcheck-derive
gilcheck_derive_SOURCES = scanner/db/derive.c
gilcheck_derive_LDADD = $(GC_LIBS)
EXTRA_DIST += scanner/db/derive.json

