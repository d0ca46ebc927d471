#!/bin/sh
# tests/pythons.sh BUILD: the CPython interpreters that tests use, as find-pythons.sh lists
# them: "tag path include", one a line. Archives of interpreters in ../shared/pythons beside
# the sources are unpacked into BUILD/pythons first, unless $GILCHECK_PYTHONS names others.
# The list is made once a build.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
archives=$here/../../shared/pythons
mkdir -p "$build"
build=$(cd "$build" && pwd)
list=$build/pythons.list
if [ ! -s "$list" ] || [ "$here/find-pythons.sh" -nt "$list" ]; then
	# Several tests may ask at once: one makes it, the others wait.
	exec 9>"$build/pythons.lock"
	flock 9 2>/dev/null || true
	if [ ! -s "$list" ] || [ "$here/find-pythons.sh" -nt "$list" ]; then
		if [ -z "${GILCHECK_PYTHONS-}" ] && [ -d "$archives" ]; then
			GILCHECK_PYTHONS=$build/pythons
			export GILCHECK_PYTHONS
			"$here/find-pythons.sh" --unpack "$GILCHECK_PYTHONS" "$archives"
		fi
		"$here/find-pythons.sh" >"$list.new"
		mv "$list.new" "$list"
	fi
fi
cat "$list"
