#!/bin/sh
# tests/valgrind.sh BUILD: our own code under valgrind: every unit test but those of the front
# end, which run the parser (libclang is too slow under valgrind and not ours to clean).
set -eu
build=$1
n=0
for test in "$build"/tests/unit/test_*; do
	case $test in
	*.o | *.log | *.trs | */test_frontend*) continue ;;
	esac
	[ -x "$test" ] || continue
	echo "== $test"
	(cd "$build" && GC_SRCDIR=.. GC_BUILDDIR=. valgrind -q --error-exitcode=9 --leak-check=full \
		--show-leak-kinds=definite --errors-for-leak-kinds=definite "./${test#"$build"/}")
	n=$((n + 1))
done
[ "$n" -gt 0 ]
