#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# installed.sh PROGRAM PKGCONFIGDIR: the shim as it was installed. The two lines of the installed
# program and the .pc file say the same; with them the example leaves the GIL off on every
# free-threaded CPython found, with its control, and builds for every other. gilshim.h is found by
# its .pc file, and does what it says where CPython has less. Run by make installcheck.
. "$(dirname "$0")/lib.sh"
program=$1
PKG_CONFIG_PATH=$2
export PKG_CONFIG_PATH
unset GILCHECK_DATADIR PYTHON_GIL CFLAGS LDFLAGS
dir=$work/installed
rm -rf "$dir"
mkdir -p "$dir"

fail() {
	echo "installed.sh: $*" >&2
	exit 1
}

# The directories are the same, by whatever name.
same_lines() {
	[ "$(cd "$(pkg-config --variable=shimdir gilshim-lock)/include" && pwd -P)" = "${CFLAGS#-I}" ] &&
		[ "$(readlink -f $(pkg-config --libs gilshim-lock))" = "$LDFLAGS" ]
}

# build OUT FLAGS OBJECT
build() {
	mkdir -p "$1"
	# shellcheck disable=SC2086
	$CC -fPIC -shared -I"$inc" $2 "$here/examples/ledger/src/ledger.c" \
		"$here/examples/ledger/src/names.c" $3 -o "$1/_ledger.so"
}

# gil DIRECTORY: what an interpreter says of it, with the example imported
gil() {
	(cd "$1" && "$python" -W ignore -c 'import sys, _ledger
_ledger.Account("spam", 3)
print(getattr(sys, "_is_gil_enabled", lambda: True)())')
}

api_layer() {
	mkdir -p "$dir/api"
	for f in apitest apitest2; do
		# shellcheck disable=SC2046
		$CC -fPIC -pthread -I"$inc" $(pkg-config --cflags gilshim) -c "$tests/api/$f.c" \
			-o "$dir/api/$f.o" || return 1
	done
	$CC -shared -pthread "$dir/api/apitest.o" "$dir/api/apitest2.o" -o "$dir/api/apitest.so" &&
		"$python" "$tests/api/drive.py" "$dir/api"
}

lines=$("$program" --shim-flags) || fail "'$program --shim-flags' fails"
# shellcheck disable=SC2086
export $lines
same_lines || fail "gilshim-lock.pc and --shim-flags differ"
pythons >"$dir/pythons"
[ -s "$dir/pythons" ] || echo "installed.sh: no CPython with headers found: nothing was built"
while read -r tag python inc <&3; do
	with=True
	case $tag in
	*-tsan) continue ;;
	*t) with=False ;;
	esac
	build "$dir/with" "$CFLAGS" "$LDFLAGS" || fail "$tag: the example does not build"
	build "$dir/without" "" "" || fail "$tag: the example does not build without the shim"
	[ "$(gil "$dir/with")" = "$with" ] || fail "$tag: the GIL is not as it should be"
	[ "$(gil "$dir/without")" = True ] || fail "$tag: the control leaves the GIL off"
	api_layer || fail "$tag: gilshim.h"
	echo "installed.sh: $tag: passed"
done 3<"$dir/pythons"
rm -rf "$dir"
