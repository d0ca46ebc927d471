#!/bin/sh
# Validates the database with a JSON Schema implementation that is not ours, and the bad
# files of the loader's tests: what the schema can see, both must refuse.
set -eu
python=$("$GC_SRCDIR/tests/venv.sh" "$GC_BUILDDIR") || exit 1
exec "$python" "$GC_SRCDIR/tests/db/schema.py" "$GC_SRCDIR"
