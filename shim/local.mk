# What shim builds, tests and installs. Everything here is 0BSD (shim/LICENSE).
include_HEADERS += include/gilshim.h

# The extension lock: an include directory that comes before Python's, and one object. The object
# is built for any CPython, without Python.h, and without the flags of this build: what it is
# linked to is not sanitized.
shimincludedir = $(pkgdatadir)/shim/include
dist_shiminclude_DATA = shim/include/Python.h shim/include/gilshim_lock.h \
	shim/include/gilshim_waits.h shim/include/inttypes.h
shimsourcedir = $(pkgdatadir)/shim
dist_shimsource_DATA = $(SHIM_SOURCES) shim/cpython.h shim/runtime.h shim/LICENSE
SHIM_SOURCES = shim/lock.c shim/wrap.c shim/threads.c shim/keep.c shim/report.c
SHIM_CFLAGS = -std=gnu11 -O2 -fPIC
shimobjectdir = $(pkglibdir)
shimobject_DATA = shim/gilshim.o
CLEANFILES += shim/gilshim.o
shim/gilshim.o: $(SHIM_SOURCES) shim/cpython.h shim/runtime.h shim/include/gilshim_waits.h
	$(AM_V_CC)$(MKDIR_P) shim && cd shim && for f in $(SHIM_SOURCES:shim/%.c=%); do \
		$(CC) $(GC_WARN_CFLAGS) $(SHIM_CFLAGS) -c $(abs_srcdir)/shim/$$f.c -o part-$$f.o \
			|| exit 1; done && \
	$(CC) -r -nostdlib -o gilshim.o $(SHIM_SOURCES:shim/%.c=part-%.o) && rm -f part-*.o

# A program run from its build tree (path_data()) finds the directory there; in a build outside
# of the sources that takes copies.
all-local: shim/headers-stamp
shim_include_files = $(dist_shiminclude_DATA:%=$(srcdir)/%)
shim/headers-stamp: $(shim_include_files)
	$(AM_V_GEN)$(MKDIR_P) shim/include && \
	{ test shim/include -ef $(srcdir)/shim/include || cp -f $(shim_include_files) shim/include; } && \
	touch $@
CLEANFILES += shim/headers-stamp
clean-local-shim-headers:
	test shim/include -ef $(srcdir)/shim/include || rm -rf shim/include
clean-local: clean-local-shim-headers
.PHONY: clean-local-shim-headers

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = shim/gilshim.pc shim/gilshim-lock.pc
EXTRA_DIST += shim/gilshim.pc.in shim/gilshim-lock.pc.in
CLEANFILES += shim/gilshim.pc shim/gilshim-lock.pc
SHIM_SUBST = sed -e 's|@prefix[@]|$(prefix)|' -e 's|@exec_prefix[@]|$(exec_prefix)|' \
	-e 's|@includedir[@]|$(includedir)|' -e 's|@pkgdatadir[@]|$(pkgdatadir)|' \
	-e 's|@pkglibdir[@]|$(pkglibdir)|' -e 's|@VERSION[@]|$(VERSION)|'
shim/gilshim.pc: shim/gilshim.pc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) shim && $(SHIM_SUBST) $(srcdir)/shim/gilshim.pc.in >$@
shim/gilshim-lock.pc: shim/gilshim-lock.pc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) shim && $(SHIM_SUBST) $(srcdir)/shim/gilshim-lock.pc.in >$@

SHIM_TESTS = tests/shim/api.tap tests/shim/lock.tap
SHIM_LONG_TESTS = tests/shim/tsan.tap tests/shim/packages.tap tests/shim/recipes.tap
dist_check_SCRIPTS += tests/shim/api.tap tests/shim/lock.tap $(SHIM_LONG_TESTS)
TESTS += $(SHIM_TESTS)
EXTRA_DIST += tests/shim/lib.sh tests/shim/installed.sh

# What was installed, with the interpreters found; make distcheck runs it too.
installcheck-local: installcheck-shim
installcheck-shim:
	$(AM_TESTS_ENVIRONMENT) CC='$(CC)' $(srcdir)/tests/shim/installed.sh \
		"$(DESTDIR)$(bindir)/gilcheck" "$(DESTDIR)$(pkgconfigdir)"
.PHONY: installcheck-shim
EXTRA_DIST += tests/shim/api/apitest.c tests/shim/api/apitest.h tests/shim/api/apitest2.c \
	tests/shim/api/drive.py
EXTRA_DIST += tests/shim/lock/racy.c tests/shim/lock/racy.py \
	tests/shim/lock/rest.c tests/shim/lock/step.h tests/shim/packages/stress.py

# Every combination of compilers, standards and interpreters, many rounds, and real packages.
check-long-shim:
	GILSHIM_LONG=1 $(MAKE) check TESTS='$(SHIM_TESTS) $(SHIM_LONG_TESTS)'
.PHONY: check-long-shim
clean-local-shim:
	rm -rf tests/shim/work
clean-local: clean-local-shim
.PHONY: clean-local-shim
