"""Reports are validated by an independent validator in every test that reads one. This one
says, as a skipped test, when that could not be done, and that the schema is strict."""

import copy
import sys

import gctest


class Schema(gctest.Case):
    def report(self):
        return gctest.gilcheck("--format=json", "examples/ledger", cwd=gctest.SOURCE).report

    def test_valid(self):
        self.assertTrue(self.report()["findings"])

    def test_strict(self):
        """Each of these mistakes is one that the schema tells."""
        report = self.report()
        for path, value in (
            (("schema",), 2),
            (("extra",), 1),
            (("tool", "name"), "other"),
            (("target", "python"), "3.12"),
            (("modules", 0, "verdict"), "fine"),
            (("modules", 0, "units", 0), "/absolute.c"),
            (("findings", 0, "rule"), "GIL1"),
            (("findings", 0, "line"), 0),
            (("findings", 0, "level"), "fatal"),
            (("findings", 0, "fingerprint"), "xyz"),
            (("findings", 0, "vendored"), False),
            (("coverage", "units"), -1),
        ):
            broken = copy.deepcopy(report)
            place = broken
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            self.assertFalse(gctest.VALIDATOR.is_valid(broken), path)

    def test_required(self):
        report = self.report()
        for place in (report, report["tool"], report["modules"][0], report["findings"][0], report["coverage"]):
            for key in list(place):
                if key == "vendored":
                    continue
                value = place.pop(key)
                self.assertFalse(gctest.VALIDATOR.is_valid(report), key)
                place[key] = value


if __name__ == "__main__":
    if not gctest.VALIDATOR:
        print("no JSON Schema validator: reports were not validated")
        sys.exit(gctest.SKIPPED)
    gctest.main()
