"""numpy_headers.py SRCDIR BUILDDIR: compat-db's NumPy family against NumPy's own headers.

The headers are those of the NumPy in the tests' environment, preprocessed as an extension that
asks for NumPy 2 sees them, with the embedded Python headers. Every function and function-like
macro of the C API there has an entry, and every entry of that kind is there.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import numpy

NAME = (r"Py(?:Array|UFunc|DataType|TypeNum|DataMem|DimMem)\w*|Npy(?:Iter|String|Datetime)\w*")
SOURCE = """\
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <numpy/npy_math.h>
#include <numpy/ufuncobject.h>
"""
LINE = re.compile(r'# \d+ "(.*?)"')
MACRO = re.compile(r"#define (\w+)(\(.*?\))?\s*(.*)")
TABLE = re.compile(r"\(\*\).*Py(?:Array|UFunc)_API\[", re.DOTALL)
INLINE = re.compile(rf"(?:static .*?|[\w* ]+[\s*]+)?\b({NAME})\s*\([^;]*$")


def preprocessed(build):
    compiler = os.environ.get("CC", "cc").split()
    flags = ["-E", "-dD", "-w", "-DPy_GIL_DISABLED=1", "-I", str(build / "api/3.15"),
             "-isystem", numpy.get_include()]
    return subprocess.run([*compiler, *flags, "-x", "c", "-"], input=SOURCE, text=True,
                          capture_output=True, check=True).stdout


def declared(text):
    """Names of functions (entries of the API tables, inline functions) and function-like macros."""
    names = set()
    file = ""
    for line in text.splitlines():
        if marker := LINE.match(line):
            file = marker.group(1)
        elif "/numpy/" not in file:
            continue
        elif macro := MACRO.match(line):
            name, parameters, body = macro.groups()
            if re.fullmatch(NAME, name) and (parameters or TABLE.search(body) or re.fullmatch(NAME, body)):
                names.add(name)
        elif inline := INLINE.match(line):
            names.add(inline.group(1))
    return names


def main():
    root, build = (pathlib.Path(a) for a in sys.argv[1:3])
    content = json.loads((root / "compat-db/numpy.json").read_text())
    entries = {a["name"] for a in content["apis"] if re.fullmatch(NAME, a["name"])}
    names = declared(preprocessed(build))
    for name in sorted(names - entries):
        print(f"{name}: is in NumPy's headers, but has no entry")
    for name in sorted(entries - names):
        print(f"{name}: has an entry, but is not in NumPy's headers")
    print(f"NumPy {numpy.__version__}: {len(names)} names, {len(entries)} entries")
    return 0 if names == entries and len(names) > 400 else 1


sys.exit(main())
