#!/bin/sh
# gilcheck-derive on a tree of four small functions.
set -eu
cd "$GC_SRCDIR/tests/db/derive"
"$GC_BUILDDIR/gilcheck-derive" "$GC_SRCDIR/scanner/db/derive.json" "$GC_BUILDDIR/api/3.15" tree |
	diff expected -
