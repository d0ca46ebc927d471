#!/bin/sh
# verify.sh BUILD INCLUDE [FILE…]: compares the database with the Python headers under
# INCLUDE, whatever their version. What `make db-verify PYTHON_INCLUDE=DIR` runs.
set -eu
build=$(cd "$1" && pwd) include=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^#define PY_VERSION  *"\([0-9]*\.[0-9]*\).*/\1/p' "$include/patchlevel.h")
[ -n "$version" ] || {
	echo "verify.sh: no version in '$include/patchlevel.h'" >&2
	exit 2
}
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
"$build/gilcheck-import" "$raw" "$version=$include"
cd "$here"
# shellcheck disable=SC2046
"$build/gilcheck-dbgen" verify "$raw" "$version" "$version" \
	$(ls compat-db/*.json | grep -v '^compat-db/schema.json$') &&
	echo "$version: entries and headers agree"
