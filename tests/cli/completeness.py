"""Every rule has its five parts, and nothing else has any: a row in rules.def, a file (or
the verdict stage), an entry in the database, a page, and a bad and a good fixture."""

import json
import re
import subprocess
import sys
import unittest

import gctest

RULES = gctest.SOURCE / "scanner/rules"


def rows(kind):
    """{code: function} of the rows of one kind in rules.def."""
    text = (RULES / "rules.def").read_text()
    return dict(re.findall(rf"^{kind}\((GIL\d+), (\w+)\)", text, re.M))


class Completeness(unittest.TestCase):
    def setUp(self):
        self.rules = rows("RULE")
        self.all = self.rules | rows("VERDICT_RULE")
        self.db = {r["code"]: r for r in json.loads((gctest.SOURCE / "compat-db/rules.json").read_text())["rules"]}

    def test_rows(self):
        self.assertTrue(self.rules)
        self.assertEqual(len(self.all), len(set(self.all.values())))

    def test_database(self):
        self.assertEqual(sorted(self.all), sorted(self.db))
        for code, function in self.all.items():
            self.assertEqual(self.db[code]["name"], function.replace("_", "-"), code)

    def test_files(self):
        """The file of a rule has its name and defines its function; no file lacks a row."""
        defined = {}
        for path in RULES.glob("*.c"):
            for function in re.findall(r"^void rule_(\w+)\(", path.read_text(), re.M):
                defined[function] = path.stem
        self.assertEqual(defined, {f: f for f in self.rules.values()})

    def test_built(self):
        """local.mk lists every file there is: what is not listed is not distributed."""
        listed = set(re.findall(r"scanner/rules/([\w.]+)", (RULES / "local.mk").read_text()))
        there = {p.name for p in RULES.iterdir() if p.suffix in (".c", ".h", ".def")}
        self.assertEqual(there, listed)

    def test_verdict_stage(self):
        """What the verdict stage reports is what rules.def says it can."""
        text = "".join(p.read_text() for p in (gctest.SOURCE / "scanner/verdict").glob("*.c"))
        made = set(re.findall(r'db_rule_find\("(GIL\d+)"\)', text))
        self.assertEqual(sorted(made), sorted(rows("VERDICT_RULE")))

    def test_pages(self):
        done = subprocess.run(
            [sys.executable, gctest.SOURCE / "docs/rules.py", "--check"],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_fixtures(self):
        root = gctest.SOURCE / "tests/fixtures"
        self.assertEqual(sorted(p.name for p in root.glob("GIL*")), sorted(self.all))
        for code in self.all:
            for kind in ("bad", "good"):
                found = [p for p in (root / code).iterdir() if re.match(kind + r"([._]|$)", p.name)]
                self.assertTrue(found, f"{code}: no {kind} fixture")

    def test_explain(self):
        for code, rule in self.db.items():
            done = gctest.gilcheck("--explain", code)
            self.assertEqual(done.status, 0)
            self.assertIn(rule["why"].strip(), done.text)
            self.assertIn(rule["remedy"].strip(), done.text)


if __name__ == "__main__":
    gctest.main()
