#!/bin/sh
# tests/venv.sh BUILD: makes BUILD/venv with the Python packages that tests use (an
# independent JSON Schema validator, a package client that fetches without building) and
# prints the path of its python. A second call only prints. Without a package index it
# fails with one line.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$build"
venv=$(cd "$build" && pwd)/venv
wanted=$(cat "$here/requirements.txt")
if [ "$(cat "$venv/installed" 2>/dev/null)" != "$wanted" ]; then
	# Several tests may ask at once: one makes it, the others wait.
	exec 9>"$build/venv.lock"
	flock 9 2>/dev/null || true
	if [ "$(cat "$venv/installed" 2>/dev/null)" != "$wanted" ]; then
		rm -rf "$venv"
		python3 -m venv "$venv" >&2
		"$venv/bin/python" -m pip install -q --no-input -r "$here/requirements.txt" \
			>"$build/venv.log" 2>&1 || {
			echo "venv: could not install the test's Python packages: see $build/venv.log" >&2
			exit 1
		}
		printf '%s' "$wanted" >"$venv/installed"
	fi
fi
echo "$venv/bin/python"
