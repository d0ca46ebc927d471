#!/bin/sh
# Names of Python's API in string literals of the scanner: see api_names.py.
exec python3 "$GC_SRCDIR/tests/lint/api_names.py" "$GC_SRCDIR"
