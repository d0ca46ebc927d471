# SPDX-License-Identifier: 0BSD
#
# What the test scripts of the shim share; sourced by them. Output is TAP: ok, not ok, skip.
# GC_SRCDIR and GC_BUILDDIR are set by `make check`; without it the script works in a directory of
# its own under /tmp. `make check SHIM_TESTS=` leaves the shim's tests out.
set -u
here=${GC_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
work=${GC_BUILDDIR:-/tmp/gilshim-tests}/tests/shim/work
tests=$here/tests/shim
mkdir -p "$work"
log=$work/$$.log
count=0
CC=${CC:-cc}
CXX=${CXX:-c++}

ok() {
	count=$((count + 1))
	echo "ok - $1"
}

not_ok() {
	count=$((count + 1))
	echo "not ok - $1"
}

skip() {
	count=$((count + 1))
	echo "ok - $1 # SKIP $2"
}

# check NAME COMMAND...: one test; what the command printed and its status are shown when it failed.
# A crash or a timeout prints nothing: 124 is the latter.
check() {
	check_name=$1
	shift
	"$@" >"$log" 2>&1
	status=$?
	if [ "$status" -eq 0 ]; then
		ok "$check_name"
	else
		not_ok "$check_name"
		sed 's/^/# /' "$log" | tail -n 30
		echo "# status $status"
	fi
	rm -f "$log"
}

# each FILE FUNCTION: calls it with $tag, $python and $inc of each interpreter listed in FILE, as
# many at a time as there are processors. What they print comes in the order of the list.
each() {
	jobs=0 shown=0 at_once=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
	while read -r tag python inc <&3; do
		jobs=$((jobs + 1))
		log=$work/$$-$jobs.log
		"$2" >"$work/$$-$jobs.out" 3<&- &
		eval "job_$jobs=$!"
		[ $((jobs - shown)) -lt "$at_once" ] || show_next
	done 3<"$1"
	while [ "$shown" -lt "$jobs" ]; do
		show_next
	done
}

# The oldest of the jobs that were not shown yet: waits for its end.
show_next() {
	shown=$((shown + 1))
	eval "wait \"\$job_$shown\""
	cat "$work/$$-$shown.out"
	count=$((count + $(grep -c -e '^ok - ' -e '^not ok - ' "$work/$$-$shown.out")))
	rm -f "$work/$$-$shown.out"
}

finish() {
	echo "1..$count"
	exit 0
}

# The list of interpreters.
pythons() {
	"$here/tests/pythons.sh" "${GC_BUILDDIR:-/tmp/gilshim-tests}"
}

# Those of free-threaded builds, in the file given; 1 when there are none. TAG-tsan are others.
free_threaded_pythons() {
	pythons | grep '^[0-9.]*t ' >"$1"
}

# missing FILE NAME TAG...: says of which interpreters FILE has none.
missing() {
	listed=$1 whose=$2
	shift 2
	for wanted in "$@"; do
		grep -q "^$wanted " "$listed" || skip "$whose: $wanted" "no such CPython found"
	done
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# The compilers to test with: $CC, and clang where there is one.
clang=
for c in clang-19 clang; do
	if [ -z "$clang" ] && have "$c"; then
		clang=$c
	fi
done
clangxx=
for c in clang++-19 /usr/lib/llvm-19/bin/clang++ clang++; do
	if [ -z "$clangxx" ] && have "$c"; then
		clangxx=$c
	fi
done
