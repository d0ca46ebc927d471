#!/bin/sh
# The NumPy family against NumPy's own headers, where the index gives NumPy.
set -eu
python=$("$GC_SRCDIR/tests/venv.sh" "$GC_BUILDDIR") || exit 1
exec "$python" "$GC_SRCDIR/tests/db/numpy_headers.py" "$GC_SRCDIR" "$GC_BUILDDIR"
