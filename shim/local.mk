# What shim builds, tests and installs. Everything here is 0BSD (shim/LICENSE).
include_HEADERS += include/gilshim.h
EXTRA_DIST += shim/LICENSE

dist_check_SCRIPTS += tests/shim/api.tap
TESTS += tests/shim/api.tap
EXTRA_DIST += tests/shim/lib.sh tests/shim/find-pythons.sh
EXTRA_DIST += tests/shim/api/apitest.c tests/shim/api/apitest.h tests/shim/api/apitest2.c \
	tests/shim/api/drive.py

# Every combination of compilers, standards and interpreters.
check-long-shim:
	GILSHIM_LONG=1 $(MAKE) check TESTS='tests/shim/api.tap'
.PHONY: check-long-shim
clean-local-shim:
	rm -rf tests/shim/work
clean-local: clean-local-shim
.PHONY: clean-local-shim
