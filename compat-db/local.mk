# What compat-db builds, tests and installs.

# The database: one file a family. Compiled into tables by scanner/db/local.mk.
GC_DB_FILES = \
	compat-db/args.json \
	compat-db/buffer.json \
	compat-db/builtins.json \
	compat-db/bytearray.json \
	compat-db/bytes.json \
	compat-db/c11.json \
	compat-db/call.json \
	compat-db/capsule.json \
	compat-db/code.json \
	compat-db/codec.json \
	compat-db/constants.json \
	compat-db/critical-section.json \
	compat-db/cxx.json \
	compat-db/datetime.json \
	compat-db/defines.json \
	compat-db/dict.json \
	compat-db/dtrace.json \
	compat-db/err.json \
	compat-db/eval.json \
	compat-db/float.json \
	compat-db/frame.json \
	compat-db/function.json \
	compat-db/gc.json \
	compat-db/generator.json \
	compat-db/import.json \
	compat-db/init.json \
	compat-db/iter.json \
	compat-db/libc.json \
	compat-db/libraries.json \
	compat-db/library-locks.json \
	compat-db/list.json \
	compat-db/long.json \
	compat-db/macros.json \
	compat-db/mapping.json \
	compat-db/members.json \
	compat-db/memory.json \
	compat-db/module.json \
	compat-db/modules.json \
	compat-db/monitoring.json \
	compat-db/mutex.json \
	compat-db/number.json \
	compat-db/numpy.json \
	compat-db/object.json \
	compat-db/os.json \
	compat-db/packages.json \
	compat-db/private.json \
	compat-db/pthread.json \
	compat-db/refcount.json \
	compat-db/release.json \
	compat-db/rules.json \
	compat-db/sequence.json \
	compat-db/set.json \
	compat-db/slots.json \
	compat-db/sys.json \
	compat-db/tables.json \
	compat-db/thread.json \
	compat-db/tuple.json \
	compat-db/type.json \
	compat-db/unicode.json \
	compat-db/weakref.json

EXTRA_DIST += $(GC_DB_FILES) compat-db/schema.json compat-db/README.md

# Writes the files in their canonical form, and the schema anew.
db-format: gilcheck-dbgen$(EXEEXT)
	@set --; for f in $(GC_DB_FILES); do set -- "$$@" "$(srcdir)/$$f"; done; \
		./gilcheck-dbgen$(EXEEXT) format "$$@"
	@./gilcheck-dbgen$(EXEEXT) schema >$(srcdir)/compat-db/schema.json

# make db-verify PYTHON_INCLUDE=DIR: what the headers there have and the database has not,
# and the other way round.
db-verify: gilcheck-dbgen$(EXEEXT) gilcheck-import$(EXEEXT)
	@test -n "$(PYTHON_INCLUDE)" || \
		{ echo "usage: make db-verify PYTHON_INCLUDE=DIR" >&2; exit 2; }
	@$(srcdir)/tests/db/verify.sh . "$(PYTHON_INCLUDE)"
.PHONY: db-format db-verify

TESTS += tests/db/derive.sh tests/db/files.sh tests/db/headers.sh tests/db/numpy.sh tests/db/schema.sh \
	tests/db/shim.sh tests/lint/api_names.sh
EXTRA_DIST += tests/db/derive tests/db/derive.sh tests/db/files.sh tests/db/headers.sh \
	tests/db/numpy.sh tests/db/numpy_headers.py tests/db/schema.sh tests/db/schema.py \
	tests/db/shim.sh tests/db/shim.py tests/db/verify.sh tests/lint/api_names.sh tests/lint/api_names.py

# The embedded analysis API: headers of each version, made from raw/ and the
# hand-written files. path_data() looks for api/stamp. The generator is linked with
# what it needs only: the headers, and what is made from them, are made anew as
# seldom as possible.
noinst_PROGRAMS += gilcheck-genheaders
gilcheck_genheaders_SOURCES = \
	compat-db/gen.h \
	compat-db/gen_decls.c \
	compat-db/gen_headers.c \
	compat-db/gen_load.c \
	compat-db/gen_types.c \
	scanner/base/arena.c \
	scanner/base/buf.c \
	scanner/base/diag.c \
	scanner/base/file.c \
	scanner/base/map.c \
	scanner/base/path.c
gilcheck_genheaders_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(GC_PLACES)
gilcheck_genheaders_LDADD = $(JANSSON_LIBS)

api_inputs = \
	compat-db/config.h \
	compat-db/overlay.h \
	compat-db/overlay_datetime.h \
	compat-db/precompiled.h \
	compat-db/precompiled_std.h \
	compat-db/prologue.h \
	compat-db/raw/constants.json \
	compat-db/raw/functions.json \
	compat-db/raw/headers.json \
	compat-db/raw/macros.json \
	compat-db/raw/types.json \
	compat-db/raw/variables.json \
	compat-db/stubs/nanobind/nanobind.h \
	compat-db/stubs/numpy/arrayobject.h \
	compat-db/stubs/numpy/ndarraytypes.h \
	compat-db/stubs/numpy/npy_common.h \
	compat-db/stubs/numpy/npy_math.h \
	compat-db/stubs/numpy/ufuncobject.h \
	compat-db/stubs/pybind11/numpy.h \
	compat-db/stubs/pybind11/pybind11.h \
	include/gilcheck/annotations.h
EXTRA_DIST += $(api_inputs) compat-db/stubs

api/stamp: $(api_inputs) gilcheck-genheaders$(EXEEXT)
	$(AM_V_GEN)rm -rf api && \
	./gilcheck-genheaders$(EXEEXT) $(srcdir)/compat-db api && \
	cp -r $(srcdir)/compat-db/stubs $(srcdir)/compat-db/precompiled.h $(srcdir)/compat-db/precompiled_std.h api && chmod -R u+w api && $(MKDIR_P) api/own/gilcheck && \
	cp $(srcdir)/include/gilcheck/annotations.h api/own/gilcheck/ && touch $@
all-local: all-local-api
all-local-api: api/stamp

install-data-local: install-data-local-api
install-data-local-api: api/stamp
	@for f in `find api -name '*.h'`; do \
		$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/`dirname $$f`" && \
		$(INSTALL_DATA) $$f "$(DESTDIR)$(pkgdatadir)/$$f" || exit 1; done
uninstall-local: uninstall-local-api
uninstall-local-api:
	rm -rf "$(DESTDIR)$(pkgdatadir)/api"
clean-local: clean-local-api
clean-local-api:
	rm -rf api
.PHONY: all-local-api install-data-local-api uninstall-local-api clean-local-api

dist_check_SCRIPTS += tests/api/headers.tap
TESTS += tests/api/headers.tap
EXTRA_DIST += tests/api/all.h tests/api/brings-own.c tests/api/markers.c \
	tests/api/refcount-field.c tests/api/stubs.c tests/api/stubs.cpp tests/api/use.c
