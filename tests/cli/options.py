"""The command line: each option does what it says, and wrong ones are refused."""

import json
import os
import pathlib
import shutil
import subprocess

import gctest

# A module that declares that it does not need the GIL, an error, and a note.
SPAM = """\
#include <Python.h>

static PyObject *look(PyObject *module, PyObject *arg)
{
	(void)module;
	PyEval_InitThreads();
	return PyLong_FromSsize_t(arg->ob_refcnt);
}

static PyMethodDef methods[] = {{"look", look, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT, .m_name = "spam", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit_spam(void)
{
	return PyModuleDef_Init(&module);
}
"""


class Usage(gctest.Case):
    def test_wrong(self):
        """Exit status 2, one line, nothing on stdout."""
        self.write("spam.c", SPAM)
        for arguments, word in (
            (["--frobnicate", "."], "--frobnicate"),
            (["-x", "."], "-x"),
            (["--format", "xml", "."], "xml"),
            (["--format"], "needs a value"),
            (["--python", "2.7", "."], "2.7"),
            (["--fail-on", "always", "."], "always"),
            (["--only", "GIL000", "."], "GIL000"),
            (["--skip", "GIL301,", "--only", "", "."], "''"),
            (["-j", "0", "."], "'0'"),
            (["-j", "many", "."], "many"),
            (["--emit-facts", "."], "-o"),
            (["--emit-facts", "--link", "."], "more than one"),
            (["--explain", "GIL000"], "GIL000"),
            (["--explain", "GIL301", "x.c"], "x.c"),
            (["--cache", "x", "--no-cache", "."], "--no-cache"),
            (["--python-include", "nowhere", "."], "nowhere"),
            (["--db", "nowhere.json", "."], "nowhere.json"),
        ):
            done = self.run_in(*arguments)
            self.assertEqual((done.status, done.out), (2, b""), arguments)
            self.assertEqual(len(done.messages), 1, (arguments, done.messages))
            self.assertIn(word, done.messages[0])

    def test_api(self):
        done = gctest.gilcheck("--api", "PyDict_GetItemRef")
        self.assertEqual(done.status, 0)
        self.assertIn("PyDict_GetItemRef", done.text)
        done = gctest.gilcheck("--api", "PyDict_GetItemReff")
        self.assertEqual(done.status, 2)
        self.assertIn("PyDict_GetItemRef", "\n".join(done.messages) + done.text)


class Reports(gctest.Case):
    def setUp(self):
        super().setUp()
        self.write("spam.c", SPAM)

    def codes(self, *arguments):
        return [f["rule"] for f in self.run_in("--format=json", *arguments, ".").report["findings"]]

    def test_codes(self):
        self.assertEqual(self.codes(), ["GIL504", "GIL602", "GIL104"])

    def test_only_skip(self):
        self.assertEqual(self.codes("--only=GIL602,GIL504"), ["GIL504", "GIL602"])
        self.assertEqual(self.codes("--only=GIL602", "--only=GIL104"), ["GIL602", "GIL104"])
        self.assertEqual(self.codes("--skip=GIL602"), ["GIL504", "GIL104"])
        self.assertEqual(self.codes("--only=GIL602", "--skip=GIL602"), [])

    def test_only_leaves_verdict(self):
        report = self.run_in("--format=json", "--only=GIL301", ".").report
        self.assertEqual(report["modules"][0]["verdict"], "contradicted")

    def test_fail_on(self):
        for arguments, status in (
            ([], 1),
            (["--fail-on=error"], 1),
            (["--fail-on=warning"], 1),
            (["--fail-on=never"], 0),
            (["--only=GIL504"], 0),  # a note
            (["--only=GIL301"], 0),
        ):
            for form in ("text", "json", "github"):
                self.assertEqual(self.run_in("--format", form, *arguments, ".").status, status, arguments)

    def test_fail_on_warning(self):
        self.write("spam.c", "/* gilcheck: ok GIL301 (not so) */\n" + SPAM)
        self.assertEqual(self.run_in("--only=GIL902", "--fail-on=warning", ".").status, 1)
        self.assertEqual(self.run_in("--only=GIL902", "--fail-on=error", ".").status, 0)

    def test_suppressed_does_not_fail(self):
        self.write("spam.c", SPAM.replace("ob_refcnt);", "ob_refcnt); /* gilcheck: ok GIL602 (never built so) */"))
        done = self.run_in("--format=json", ".")
        self.assertEqual(done.status, 0)
        suppressed = [f["suppressed"] for f in done.report["findings"] if f["rule"] == "GIL602"]
        self.assertEqual(suppressed, [{"reason": "never built so"}])
        self.assertEqual(done.report["suppressed"], 1)

    def test_output(self):
        done = self.run_in("--format=json", "-o", "report.json", ".")
        self.assertEqual((done.status, done.out), (1, b""))
        self.assertEqual(json.loads((self.dir / "report.json").read_text())["schema"], 1)

    def test_output_fails(self):
        """All of it or nothing: no part of a report is left behind."""
        done = self.run_in("-o", "no/such/dir/report", ".")
        self.assertEqual(done.status, 2)
        self.assertEqual(len(done.errors()), 1, done.messages)
        (self.dir / "taken").mkdir()
        self.assertEqual(self.run_in("-o", "taken", ".").status, 2)
        self.assertEqual(sorted(os.listdir(self.dir)), ["spam.c", "taken"])

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [gctest.PROGRAM, "."], cwd=self.dir, stdout=full, stderr=subprocess.PIPE, check=False
            )
        self.assertEqual(done.returncode, 2)

    def test_no_color_in_pipe(self):
        self.assertNotIn(b"\x1b", self.run_in(".").out)

    def test_flags(self):
        """-I, -D and -U reach the parser, also joined and repeated."""
        self.write("inc/one.h", "int one;\n")
        self.write("more/two.h", "int two;\n")
        self.write("x.c", "#include <one.h>\n#include <two.h>\n#if A != 1 || B != 2 || defined(C)\n#include <gone.h>\n#endif\n")
        os.remove(self.dir / "spam.c")
        done = self.run_in("--format=json", "-Iinc", "-I", "more", "-DA", "-D", "B=2", "-DC", "-UC", "x.c")
        self.assertEqual(done.report["coverage"]["unread"], [])
        done = self.run_in("--format=json", "-Iinc", "-I", "more", "x.c")
        self.assertEqual([u["file"] for u in done.report["coverage"]["unread"]], ["x.c"])

    def test_build_dir(self):
        entry = {"directory": str(self.dir), "file": "spam.c", "arguments": ["cc", "-DPyInit_spam=PyInit_eggs", "spam.c"]}
        self.write("out/compile_commands.json", json.dumps([entry]))
        report = self.run_in("--format=json", "-p", "out", ".").report
        self.assertEqual([m["name"] for m in report["modules"]], ["eggs"])

    def test_python(self):
        for version in ("3.13", "3.14", "3.15"):
            report = self.run_in("--format=json", "--python", version, ".").report
            self.assertEqual(report["target"], {"python": version, "free_threaded": True, "headers": "embedded"})

    def test_cache(self):
        """Headers for a dialect that none are installed for are kept where --cache says."""
        names = ["spam.c", "one.c", "two.c"]
        for name in names[1:]:
            self.write(name, "#include <Python.h>\n")
        entries = [{"directory": str(self.dir), "file": n, "arguments": ["cc", "-std=gnu23", n]} for n in names]
        self.write("compile_commands.json", json.dumps(entries))
        (self.dir / "home").mkdir()
        env = {"HOME": str(self.dir / "home"), "XDG_CACHE_HOME": str(self.dir / "home/.cache")}

        def kept(path):
            return [p for p in (self.dir / path).rglob("*") if p.is_file()]

        plain = self.run_in("--no-cache", ".", env=env)
        self.assertEqual((plain.status, kept("home")), (1, []))
        for _ in range(2):
            self.assertEqual(self.run_in("--cache=kept", ".", env=env).out, plain.out)
        self.assertTrue(kept("kept"))
        self.assertEqual(kept("home"), [])
        self.assertEqual(self.run_in(".", env=env).out, plain.out)
        self.assertTrue(kept("home"))

    def test_dumps(self):
        for option, word in (("--dump-build", "spam.c"), ("--dump-facts", "PyInit_spam"), ("--dump-extension", "look")):
            done = self.run_in(option, ".")
            self.assertEqual(done.status, 0, done.messages)
            self.assertIn(word, done.text)

    def test_vendored(self):
        self.write("vendor/zip/zip.c", "int zip;\n")
        report = self.run_in("--format=json", ".")
        self.assertEqual(report.report["modules"][0]["units"], ["spam.c"])
        self.assertIn("left out 'vendor", "\n".join(report.messages))


class Same(gctest.Case):
    """Same tree, same bytes: however often, on however many cores, from wherever."""

    def setUp(self):
        super().setUp()
        shutil.copytree(gctest.SOURCE / "examples/ledger", self.dir / "ledger")

    def bytes_of(self, *arguments, cwd=None):
        done = gctest.gilcheck("--format=json", *arguments, cwd=cwd or self.dir / "ledger")
        self.assertIn(done.status, (0, 1), done.messages)
        return done.out

    def test_again(self):
        first = self.bytes_of(".")
        for arguments in (["."], ["-j1", "."], ["-j2", "."], ["--no-cache", "."], ["src"], ["."]):
            self.assertEqual(self.bytes_of(*arguments), first, arguments)

    def test_order(self):
        sources = sorted(str(p.relative_to(self.dir / "ledger")) for p in (self.dir / "ledger").rglob("*.c"))
        self.assertEqual(self.bytes_of(*sources), self.bytes_of(*reversed(sources)))

    def test_no_trace_of_the_machine(self):
        out = self.bytes_of(".")
        self.assertNotIn(os.fsencode(self.dir), out)
        self.assertNotIn(b'"/', out)
        shutil.copytree(self.dir / "ledger", self.dir / "elsewhere/ledger")
        self.assertEqual(self.bytes_of(".", cwd=self.dir / "elsewhere/ledger"), out)

    def test_link(self):
        """Facts of the units, one file each, give the report of one call."""
        for form in ("json", "text", "github"):
            whole = self.bytes_of(f"--format={form}", "--show-review", ".")
            root, facts = self.dir / "ledger", []
            for i, source in enumerate(sorted(root.rglob("*.c"))):
                facts.append(f"{i}.facts")
                done = gctest.gilcheck("--emit-facts", "-o", facts[-1], source.relative_to(root), cwd=root)
                self.assertEqual((done.status, done.out), (0, b""), done.messages)
            self.assertEqual(self.bytes_of(f"--format={form}", "--show-review", "--link", *facts), whole)
            self.assertEqual(self.bytes_of(f"--format={form}", "--show-review", "--link", *reversed(facts)), whole)

    def test_link_knows_the_project(self):
        """Modules without C and what was not understood travel with the units."""
        root = self.dir / "mixed"
        root.mkdir()
        (root / "a.c").write_text(SPAM)
        (root / "b.c").write_text("int b;\n")
        (root / "fast.pyx").write_text("x = 1\n")
        (root / "setup.py").write_text(
            "import os\n"
            "from setuptools import Extension, setup\n"
            "setup(ext_modules=[Extension('pkg.spam', ['a.c', 'b.c'], define_macros=[('X', os.uname()[2])]),\n"
            "    Extension('pkg.fast', ['fast.pyx']), Extension('pkg.gone', ['gone.c'])])\n"
        )
        whole = self.bytes_of(".", cwd=root)
        report = json.loads(whole)
        modules = {m["name"]: (m["verdict"], m["init_style"]) for m in report["modules"]}
        self.assertEqual(
            modules, {"spam": ("contradicted", "multi-phase"), "fast": ("unknown", "cython"), "gone": ("unknown", "unknown")}
        )
        self.assertTrue(any("gone.c" in note for note in report["coverage"]["notes"]), report["coverage"])
        for name in ("a", "b"):
            done = gctest.gilcheck("--emit-facts", "-o", f"{name}.facts", f"{name}.c", cwd=root)
            self.assertEqual(done.status, 0, done.messages)
        self.assertEqual(self.bytes_of("--link", "b.facts", "a.facts", cwd=root), whole)

    def test_link_needs_no_sources(self):
        whole = self.bytes_of(".")
        self.bytes_of("--emit-facts", "-o", "../all.facts", ".")
        alone = self.dir / "alone"
        alone.mkdir()
        pathlib.Path(self.dir / "all.facts").rename(alone / "all.facts")
        shutil.rmtree(self.dir / "ledger")
        self.assertEqual(self.bytes_of("--link", "all.facts", cwd=alone), whole)


class Example(gctest.Case):
    def test_ledger(self):
        """The example shows what it is there to show."""
        report = gctest.gilcheck("--format=json", "examples/ledger", cwd=gctest.SOURCE).report
        verdicts = {m["name"]: (m["verdict"], m["declared"]) for m in report["modules"]}
        self.assertEqual(verdicts, {"_checksum": ("ready", "not-used"), "_ledger": ("not-ready", "absent")})
        found = {(f["rule"], (f["shared"] or {}).get("name")) for f in report["findings"]}
        for rule, name in (("GIL101", "_ledger"), ("GIL301", "hits"), ("GIL302", "known"), ("GIL301", "transactions")):
            self.assertIn((rule, name), found)
        self.assertLessEqual({"GIL201", "GIL204"}, {f["rule"] for f in report["findings"]})
        self.assertFalse(any("checksum.c" in f["file"] for f in report["findings"]))
        self.assertEqual(report["coverage"]["unread"], [])


if __name__ == "__main__":
    gctest.main()
