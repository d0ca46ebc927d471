"""--shim-flags: its two lines build an extension that nobody ported, and it leaves the GIL off."""

import os
import pathlib
import subprocess

import gctest

LEDGER = [gctest.SOURCE / "examples/ledger/src" / name for name in ("ledger.c", "names.c")]
COMPILER = os.environ.get("CC", "cc")

# As a user types it, but for the names of the program and of its data.
BUILD = """\
set -e
flags=$("$GILCHECK" --shim-flags)
export $flags
$CC_ -fPIC -shared -Wall -Wextra -Werror -Wno-deprecated-declarations -I"$INCLUDE" ${1:+$CFLAGS} "$SRC"/ledger.c "$SRC"/names.c \
	${1:+$LDFLAGS} -o _ledger.so
$CC_ -fPIC -shared -Wall -Wextra -Werror -I"$INCLUDE" "$SRC"/checksum.c -o _checksum.so
"""

USE = """\
import sys
import _checksum
assert _checksum.checksum(b"spam") == 0x44B01B1
import _ledger
account = _ledger.Account("spam", 3)
assert _ledger.last() is None
print(sys._is_gil_enabled() if hasattr(sys, "_is_gil_enabled") else True)
"""


def pythons():
    """[(tag, program, include)] of the interpreters; those of sanitizers aside."""
    done = subprocess.run(
        [gctest.SOURCE / "tests/pythons.sh", gctest.BUILD], capture_output=True, text=True, check=True
    )
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    return [row for row in rows if not row[0].endswith("-tsan")]


class Flags(gctest.Case):
    def test_lines(self):
        """Two lines, whose files are there."""
        done = self.run_in("--shim-flags")
        self.assertEqual((done.status, done.messages), (0, []))
        cflags, ldflags = done.text.splitlines()
        self.assertTrue(cflags.startswith("CFLAGS=-I/"), cflags)
        self.assertTrue(ldflags.startswith("LDFLAGS=/"), ldflags)
        self.assertTrue(pathlib.Path(cflags[len("CFLAGS=-I") :], "gilshim_lock.h").is_file())
        self.assertTrue(pathlib.Path(ldflags[len("LDFLAGS=") :]).is_file())

    def test_output(self):
        done = self.run_in("--shim-flags", "-o", "flags")
        self.assertEqual((done.status, done.out), (0, b""))
        self.assertEqual((self.dir / "flags").read_text(), self.run_in("--shim-flags").text)

    def refused(self, data, word):
        done = self.run_in("--shim-flags", env={"GILCHECK_DATADIR": str(data)})
        self.assertEqual((done.status, done.out), (2, b""))
        self.assertEqual(len(done.errors()), 1, done.messages)
        self.assertIn(word, done.messages[0])

    def test_missing(self):
        """Status 2 and the name of the file that is not there."""
        self.refused(self.dir, "shim/include/Python.h")
        self.write("shim/include/Python.h", "")
        self.refused(self.dir, "shim/gilshim.o")

    def test_blank(self):
        """Builds split flags at blanks: a path with one cannot be given."""
        self.write("with blank/shim/include/Python.h", "")
        self.write("with blank/shim/gilshim.o", "")
        self.refused(self.dir / "with blank", "with blank")

    def test_arguments(self):
        self.assertEqual(self.run_in("--shim-flags", "x.c").status, 2)
        self.assertEqual(self.run_in("--shim-flags", "--explain", "GIL301").status, 2)


class Build(gctest.Case):
    def build(self, include, *shim):
        environment = dict(
            os.environ, GILCHECK=gctest.PROGRAM, CC_=COMPILER, INCLUDE=include, SRC=str(LEDGER[0].parent)
        )
        subprocess.run(["sh", "-c", BUILD, "build", *shim], cwd=self.dir, env=environment, check=True)

    def use(self, python):
        """What the interpreter says of its GIL after importing the module."""
        environment = {k: v for k, v in os.environ.items() if k != "PYTHON_GIL"}
        done = subprocess.run(
            [python, "-W", "ignore", "-c", USE], cwd=self.dir, env=environment, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_every_python(self):
        """The same two lines for each; the control, without them, brings the GIL back."""
        listed = pythons()
        if not listed:
            self.skipTest("no CPython with headers found")
        for tag, python, include in listed:
            with self.subTest(python=tag):
                self.build(include)
                self.assertEqual(self.use(python), "True")
                self.build(include, "shim")
                self.assertEqual(self.use(python), "False" if tag.endswith("t") else "True")


if __name__ == "__main__":
    gctest.main()
