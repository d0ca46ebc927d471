#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# find-pythons.sh [--unpack DIR ARCHIVES]: lists the CPython interpreters of this machine that the
# tests of the shim use, one a line: "tag path", such as "3.14t /usr/bin/python3.14t". Looked for
# in $GILCHECK_PYTHONS (a directory of installations), under pyenv's versions/ and on PATH, in this
# order; the first of each tag counts. An interpreter counts when it starts, is CPython 3.9 or newer
# and has Python.h.
#
# With --unpack, python-*.tar.xz of the folder ARCHIVES are unpacked into DIR first, once.
set -u

if [ "${1-}" = --unpack ]; then
	mkdir -p "$2" || exit 1
	for a in "$3"/python-*.tar.xz; do
		name=$(basename "$a" .tar.xz)
		if [ -f "$a" ] && [ ! -d "$2/$name" ]; then
			tar xf "$a" -C "$2" || exit 1
		fi
	done
	exit 0
fi

probe='
import os, sys, sysconfig
try:
    v = sys.version_info
    inc = os.path.join(sys.prefix, "include", "python%d.%d%s" % (v[0], v[1], sys.abiflags))
    if not os.path.isfile(os.path.join(inc, "Python.h")):
        inc = sysconfig.get_path("include")
    ok = sys.implementation.name == "cpython" and v >= (3, 9)
    tag = "%d.%d%s" % (v[0], v[1], sys.abiflags)
    if "fsanitize=thread" in (sysconfig.get_config_var("CONFIG_ARGS") or "") or \
            "--with-thread-sanitizer" in (sysconfig.get_config_var("CONFIG_ARGS") or ""):
        tag += "-tsan"
    if ok and os.path.isfile(os.path.join(inc, "Python.h")):
        print(tag, sys.executable, inc)
except Exception:
    pass
'

candidates() {
	if [ -n "${GILCHECK_PYTHONS-}" ]; then
		ls -d "$GILCHECK_PYTHONS"/*/bin/python3.[0-9]* "$GILCHECK_PYTHONS"/bin/python3.[0-9]*
	fi
	ls -d "${PYENV_ROOT-$HOME/.pyenv}"/versions/*/bin/python3.[0-9]*
	IFS=:
	for d in $PATH; do
		ls -d "$d"/python3.[0-9]*
	done
}

candidates 2>/dev/null | grep -E '/python3\.[0-9]+[a-z]*$' | grep -v /shims/ | while read -r p; do
	setarch -R "$p" -Ic "$probe" 2>/dev/null || "$p" -Ic "$probe" 2>/dev/null
done | sort -u -s -t' ' -k1,1 | sort -s -t. -k2,2n
