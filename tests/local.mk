# Unit tests are programs of CMocka; each stage's local.mk adds its own to
# GC_UNIT_TESTS and links them with GC_TEST_LIBS.
if HAVE_CMOCKA
check_PROGRAMS += $(GC_UNIT_TESTS)
TESTS += $(GC_UNIT_TESTS)
endif
GC_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DGC_TESTDIR='"$(abs_top_srcdir)/tests"'
GC_TEST_LIBS = $(GC_LIBS) $(CMOCKA_LIBS)
AM_TESTS_ENVIRONMENT = GILCHECK='$(abs_top_builddir)/gilcheck'; \
	GC_SRCDIR='$(abs_top_srcdir)'; GC_BUILDDIR='$(abs_top_builddir)'; \
	GILCHECK_DATADIR='$(abs_top_builddir)'; export GILCHECK_DATADIR; \
	export GILCHECK GC_SRCDIR GC_BUILDDIR;
EXTRA_DIST += quickstart runtests tools/setup.sh tools/libclang-19.txt tests/venv.sh tests/requirements.txt \
	tests/find-pythons.sh tests/pythons.sh tests/valgrind.sh
EXTRA_DIST += tests/real/golden tests/real/run tests/real/fetch.py tests/real/check.py \
	tests/real/differential.py tests/real/packages.json
EXTRA_DIST += tests/python.sh tests/gctest.py tests/cli tests/fixtures examples

# Tests in Python run the built program; each is one file that says what it checks.
PY_LOG_COMPILER = $(srcdir)/tests/python.sh
GC_PY_TESTS = \
	tests/cli/bad_input.py \
	tests/cli/completeness.py \
	tests/cli/fix.py \
	tests/cli/headers.py \
	tests/cli/manual.py \
	tests/cli/options.py \
	tests/cli/schema.py \
	tests/cli/shim.py \
	tests/fixtures/run.py
TESTS += $(GC_PY_TESTS)
dist_check_SCRIPTS += tests/fix/fix.tap tests/fix/bindings.tap
TESTS += tests/fix/fix.tap tests/fix/bindings.tap
EXTRA_DIST += tests/fix/rewrite tests/fix/declare tests/fix/bindings

# Precision and recall, from trees that are given: CPYTHON_OLD and CPYTHON_NEW, unpacked and
# configured sources; CORPUS, where fetched packages are kept. DERIVE=1 writes the expectations
# anew. With all three it writes docs/accuracy.md, else it prints what it could measure.
.PHONY: accuracy
accuracy: all
	@python=$$($(srcdir)/tests/venv.sh $(abs_top_builddir)) && \
	"$$python" $(srcdir)/tests/accuracy/accuracy.py --build $(abs_top_builddir) \
		--cache $(abs_top_builddir)/accuracy -o $(srcdir)/docs/accuracy.md \
		$${CPYTHON_OLD:+--cpython-old "$$CPYTHON_OLD"} \
		$${CPYTHON_NEW:+--cpython-new "$$CPYTHON_NEW"} \
		$${CORPUS:+--corpus "$$CORPUS"} $${DERIVE:+--derive} $${UNLABELLED:+--unlabelled}
EXTRA_DIST += tests/accuracy tests/real/labels

# What tests made beside their logs: environments, interpreters, fetched packages.
clean-local: clean-local-tests
clean-local-tests:
	test ! -f venv/installed || rm -rf venv
	rm -rf venv.lock venv.log pythons pythons.lock pythons.list real cache
.PHONY: clean-local-tests
