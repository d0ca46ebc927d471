"""The example with embedded and with real headers: the same findings, cache or no cache.

Real headers are those of the interpreters of version 3.13 and newer that tests/pythons.sh
finds. They have no precompiled form at first: the first scan makes one, the second uses it.
"""

import re
import subprocess
import tempfile
import unittest

import gctest

SCANNED = gctest.SOURCE / "examples/ledger"


def includes():
    """(version, include directory) of each interpreter."""
    done = subprocess.run([gctest.SOURCE / "tests/pythons.sh", gctest.BUILD],
                          capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        tag, _, include = line.split(" ", 2)
        minor = int(re.match(r"3\.(\d+)", tag).group(1))
        if minor >= 13:
            yield f"3.{minor}", include


class Headers(gctest.Case):
    def findings(self, cache, *options):
        arguments = ("--format=json", "--fail-on=never", *options, SCANNED)
        report = gctest.gilcheck(*arguments, env={"XDG_CACHE_HOME": cache}).report
        self.assertEqual(report["coverage"]["incomplete"], [])
        return [{k: f[k] for k in ("rule", "confidence", "file", "line", "message")}
                for f in report["findings"]]

    def test_real_headers(self):
        for version, include in includes():
            with self.subTest(version, include=include), tempfile.TemporaryDirectory() as cache:
                wanted = self.findings(cache, "--python", version)
                self.assertTrue(wanted)
                real = ("--python", version, "--python-include", include)
                self.assertEqual(self.findings(cache, *real), wanted)
                self.assertEqual(self.findings(cache, *real), wanted)


if __name__ == "__main__":
    gctest.main()
