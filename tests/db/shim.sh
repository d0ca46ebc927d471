#!/bin/sh
# The marks in the database against the header they speak of.
set -eu
exec python3 "$GC_SRCDIR/tests/db/shim.py" "$GC_SRCDIR"
