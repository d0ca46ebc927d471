"""What the tests that run the built program share.

Every JSON report that goes through Result.report is validated against
docs/report.schema.json where the validator is installed (tests/python.sh).
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("GC_SRCDIR", pathlib.Path(__file__).parent.parent)).resolve()
BUILD = pathlib.Path(os.environ.get("GC_BUILDDIR", SOURCE / "_build")).resolve()
PROGRAM = os.environ.get("GILCHECK", str(BUILD / "gilcheck"))
SKIPPED = 77

# A run that takes longer hangs.
SECONDS = 300


def validator():
    """The validator of the report's schema, or None where jsonschema is not installed."""
    try:
        import jsonschema
    except ImportError:
        return None
    schema = json.loads((SOURCE / "docs/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


VALIDATOR = validator()


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        self.text = done.stdout.decode("utf-8", "surrogateescape")
        self.messages = done.stderr.decode("utf-8", "surrogateescape").splitlines()

    def errors(self):
        return [m for m in self.messages if m.startswith("gilcheck: error: ")]

    def warnings(self):
        return [m for m in self.messages if m.startswith("gilcheck: warning: ")]

    @property
    def report(self):
        report = json.loads(self.out.decode("utf-8"))
        if VALIDATOR:
            wrong = [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(report)]
            if wrong:
                raise AssertionError("report does not match its schema:\n" + "\n".join(wrong))
        return report


def gilcheck(*arguments, cwd=None, env=None):
    """Runs the program; arguments may be text, bytes or paths. It must not crash."""
    environment = dict(os.environ, **(env or {}))
    done = subprocess.run(
        [PROGRAM, *map(os.fspath, arguments)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
    )
    if done.returncode not in (0, 1, 2):
        sys.stderr.buffer.write(done.stderr)
        raise AssertionError(f"exit status {done.returncode} of gilcheck {arguments}")
    return Result(done)


class Case(unittest.TestCase):
    """A test with a directory of its own, removed afterwards."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="gilcheck-test-"))
        self.addCleanup(self.remove)

    def remove(self):
        subprocess.run(["chmod", "-R", "u+rwx", str(self.dir)], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def run_in(self, *arguments, **kw):
        return gilcheck(*arguments, cwd=self.dir, **kw)


def main():
    unittest.main(verbosity=2)
