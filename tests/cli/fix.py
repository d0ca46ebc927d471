"""--fix and --declare: what they print, what they leave, and that applying is the same.

tests/fix/rewrite/NAME.c has NAME.diff, what --fix prints, and NAME.left, what it says.
tests/fix/declare/NAME.c has NAME.diff. That the results compile and run is tested by
tests/fix/fix.tap.
"""

import re
import shutil
import subprocess

import gctest

HERE = gctest.SOURCE / "tests/fix"
PREFIX = "gilcheck: warning: "


class Fix(gctest.Case):
    def work(self, folder):
        shutil.copytree(HERE / folder, self.dir / folder)
        return self.dir / folder

    def applied(self, folder, name, option, diff):
        """Applying makes what patch(1) makes of the diff, and leaves nothing to do."""
        patched = self.dir / "patched"
        shutil.copytree(folder, patched)
        subprocess.run(["patch", "-s", "-p1"], input=diff, cwd=patched, check=True)
        gctest.gilcheck(f"--{option}=apply", name, cwd=folder)
        self.assertEqual((folder / name).read_text(), (patched / name).read_text())
        self.assertEqual(gctest.gilcheck(f"--{option}", name, cwd=folder).text, "")
        shutil.rmtree(patched)

    def with_edits(self, folder, name):
        """The text of NAME after what the JSON report's edits say."""
        report = gctest.gilcheck("--format=json", "--fail-on=never", name, cwd=folder).report
        edits = [e for f in report["findings"] for e in (f["fix"] or {"edits": []})["edits"]]
        text = (folder / name).read_bytes()
        lines = [0, *(m.end() for m in re.finditer(rb"\n", text))]
        for e in sorted(edits, key=lambda e: (e["line"], e["column"]), reverse=True):
            self.assertEqual(e["file"], name)
            begin, end = (lines[e[f"{x}line"] - 1] + e[f"{x}column"] - 1 for x in ("", "end_"))
            text = text[:begin] + e["text"].encode() + text[end:]
        return text.decode()

    def test_rewrite(self):
        folder = self.work("rewrite")
        sources = sorted(folder.glob("*.c"))
        for source in sources:
            done = gctest.gilcheck("--fix", source.name, cwd=folder)
            self.assertEqual(done.status, 0, done.messages)
            self.assertEqual(done.text, source.with_suffix(".diff").read_text(), source.name)
            left = source.with_suffix(".left").read_text().splitlines()
            self.assertEqual([m.removeprefix(PREFIX) for m in done.messages], left)
            edited = self.with_edits(folder, source.name)
            if done.out:
                self.applied(folder, source.name, "fix", done.out)
            self.assertEqual(edited, source.read_text(), source.name)
        self.assertGreater(len(sources), 1)

    def test_declare(self):
        folder = self.work("declare")
        sources = sorted(folder.glob("*.c"))
        for source in sources:
            done = gctest.gilcheck("--declare", source.name, cwd=folder)
            self.assertEqual((done.status, done.messages), (0, []), source.name)
            self.assertEqual(done.text, source.with_suffix(".diff").read_text(), source.name)
            self.applied(folder, source.name, "declare", done.out)
            verdict = gctest.gilcheck("--format=json", source.name, cwd=folder).report["modules"]
            self.assertEqual([(m["verdict"], m["declared"]) for m in verdict], [("ready", "not-used")])
        self.assertGreater(len(sources), 5)

    def test_refused(self):
        """While anything blocking is open nothing is changed, and what is open is said."""
        folder = self.work("rewrite")
        text = (folder / "borrowed.c").read_text()
        done = gctest.gilcheck("--declare=apply", "borrowed.c", cwd=folder)
        self.assertEqual(done.status, 1)
        self.assertEqual((folder / "borrowed.c").read_text(), text)
        self.assertRegex(done.messages[0], r"borrowed: not declared, for it is not-ready: GIL201 \(\d\), GIL204 \(1\)")

    def test_nothing_found(self):
        self.write("empty.c", "int nothing;\n")
        done = self.run_in("--declare", "empty.c")
        self.assertEqual((done.status, done.text), (1, ""))

    def test_by_hand(self):
        """A definition without slots."""
        text = (HERE / "declare/multi.c").read_text().replace(", slots}", "}").replace("    {Py_mod_exec", "//")
        shutil.copy(HERE / "declare/common.h", self.dir)
        self.write("multi.c", text)
        done = self.run_in("--declare", "multi.c")
        self.assertEqual((done.status, done.text), (1, ""))
        self.assertIn("multi: to be declared by hand, for its definition names no array of slots", done.messages[-1])

    def test_bindings(self):
        """What other tools generate is declared where it is written."""
        body = '{\n\tm.def("add", [](int a) { return a + 1; });\n}\n'
        self.write("b.cpp", f"#include <pybind11/pybind11.h>\n\nPYBIND11_MODULE(b, m)\n{body}")
        self.write("n.cpp", f"#include <nanobind/nanobind.h>\n\nNB_MODULE(n, m)\n{body}")
        self.write("CMakeLists.txt", "project(n)\nnanobind_add_module(n STABLE_ABI n.cpp)\n")
        added = [line for line in self.run_in("--declare", ".").text.splitlines() if line.startswith("+")]
        self.assertIn("+PYBIND11_MODULE(b, m, pybind11::mod_gil_not_used())", added)
        self.assertIn("+nanobind_add_module(n FREE_THREADED STABLE_ABI n.cpp)", added)

    def test_suggested(self):
        """The fix of a finding is written in the words of the source."""
        bad = gctest.SOURCE / "tests/fixtures/GIL201/bad.c"
        fixes = [f["fix"]["text"] for f in gctest.gilcheck("--format=json", bad).report["findings"]]
        since = " (since 3.13, in gilshim.h for older versions)"
        for call in (
            "item = PyList_GetItemRef(list, 0)",
            "PyDict_GetItemRef(self->cache, key, &value)",
            'PyDict_GetItemStringRef(mapping, "name", &found)',
        ):
            self.assertTrue(any(call + since in f for f in fixes), (call, fixes))

    def test_options(self):
        for option in ("fix", "declare"):
            done = self.run_in(f"--{option}=all", ".")
            self.assertEqual((done.status, done.errors()), (2, [f"gilcheck: error: --{option}: 'all' is not 'apply'"]))
        done = self.run_in("--fix", "--declare", ".")
        self.assertEqual(done.status, 2)


if __name__ == "__main__":
    gctest.main()
