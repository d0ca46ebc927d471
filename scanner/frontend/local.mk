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
