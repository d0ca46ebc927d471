#!/bin/sh
# The database's files: all of them are in the build, each in its canonical form, and the
# schema beside them is the one that the loader's shapes give.
set -eu
dbgen=$GC_BUILDDIR/gilcheck-dbgen
status=0
cd "$GC_SRCDIR"
listed=$(sed -n 's/^	\(compat-db\/[a-z0-9-]*\.json\).*/\1/p' compat-db/local.mk | sort)
present=$(ls compat-db/*.json | grep -v '^compat-db/schema.json$' | sort)
if [ "$listed" != "$present" ]; then
	echo "GC_DB_FILES in compat-db/local.mk and the files in compat-db differ:"
	printf '%s\n' "$listed" "$present" | sort | uniq -u
	status=1
fi
# shellcheck disable=SC2086
"$dbgen" check $listed || status=1
"$dbgen" schema >"$GC_BUILDDIR/schema.json.new"
cmp "$GC_BUILDDIR/schema.json.new" compat-db/schema.json || {
	echo "compat-db/schema.json is not what the loader reads; run 'make db-format'"
	status=1
}
rm -f "$GC_BUILDDIR/schema.json.new"
exit $status
