#!/bin/sh
# tests/python.sh SCRIPT [ARGUMENTS]: runs a test with the Python that has the validator.
# Without a package index the tests run all the same, and tests/cli/schema.py says that
# reports were not validated.
set -u
here=$(cd "$(dirname "$0")" && pwd)
PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$here
export PYTHONDONTWRITEBYTECODE PYTHONPATH
python=$("$here/venv.sh" "${GC_BUILDDIR:-.}") || python=python3
exec "$python" "$@"
