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
count=0
CC=${CC:-cc}
CXX=${CXX:-c++}

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1))
	echo "not ok $count - $1"
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# check NAME COMMAND...: one test; what the command printed is shown when it failed.
check() {
	check_name=$1
	shift
	if "$@" >"$work/$$.log" 2>&1; then
		ok "$check_name"
	else
		not_ok "$check_name"
		sed 's/^/# /' "$work/$$.log" | tail -n 30
	fi
	rm -f "$work/$$.log"
}

finish() {
	echo "1..$count"
	exit 0
}

# The list of interpreters.
pythons() {
	"$here/tests/pythons.sh" "${GC_BUILDDIR:-/tmp/gilshim-tests}"
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
