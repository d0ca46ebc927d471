#!/bin/sh
# tests/valgrind.sh BUILD: our own code under valgrind: every unit test, which is where no
# parser runs (libclang itself is too slow under valgrind and not ours to clean).
set -eu
build=$1
n=0
for test in "$build"/tests/unit/test_*; do
	case $test in
	*.o | *.log | *.trs) continue ;;
	esac
	[ -x "$test" ] || continue
	echo "== $test"
	(cd "$build" && GC_SRCDIR=.. GC_BUILDDIR=. valgrind -q --error-exitcode=9 --leak-check=full \
		--show-leak-kinds=definite --errors-for-leak-kinds=definite "./${test#"$build"/}")
	n=$((n + 1))
done
[ "$n" -gt 0 ]
