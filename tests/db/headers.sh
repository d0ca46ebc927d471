#!/bin/sh
# The database against what headers declare: every public function and macro of 3.13 to
# 3.15 has an entry, nothing else claims to exist, signatures agree. Then against the real
# headers of the interpreters on this machine. The last part shows that differences are
# found at all.
set -eu
dbgen=$GC_BUILDDIR/gilcheck-dbgen
work=$GC_BUILDDIR/tests-db-headers
cd "$GC_SRCDIR"
files=$(ls compat-db/*.json | grep -v '^compat-db/schema.json$')
rm -rf "$work"
mkdir -p "$work/bad"
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2086
"$dbgen" verify compat-db/raw 3.13 3.15 $files

for include in $(tests/pythons.sh "$GC_BUILDDIR" | awk '$1 ~ /^3[.]1[3-5]/ { print $3 }'); do
	echo "against $include"
	tests/db/verify.sh "$GC_BUILDDIR" "$include"
done

sed -e 's/^"PyList_Append": /"PyList_Appendix": /' \
	-e '/^"PyList_Insert": /,/^"/s/Py_ssize_t/Py_ssize_t */' \
	compat-db/raw/functions.json >"$work/bad/functions.json"
cp compat-db/raw/macros.json "$work/bad/macros.json"
# shellcheck disable=SC2086
if "$dbgen" verify "$work/bad" 3.15 3.15 $files >"$work/found"; then
	echo "changed headers were not noticed"
	exit 1
fi
sort >"$work/expected" <<'EOF'
3.15: PyList_Append: has an entry, but is not in the headers
3.15: PyList_Appendix: is in the headers (listobject.h), but has no entry
3.15: PyList_Insert: is 'int(PyObject*,Py_ssize_t*,PyObject*)' in the headers, 'int(PyObject*,Py_ssize_t,PyObject*)' in the entry
EOF
sort "$work/found" | diff "$work/expected" -
