"""Input that is missing, broken or hostile: one clear line each, the rest of the scan goes
on, the report says what was lost, and the exit status is the right one."""

import json
import os
import subprocess

import gctest

GOOD = """\
#include <Python.h>
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
"""


class BadInput(gctest.Case):
    def fails(self, done, *words):
        """Exit status 2, nothing on stdout, one error line that has WORDS."""
        self.assertEqual(done.status, 2, done.messages)
        self.assertEqual(done.out, b"")
        self.assertEqual(len(done.errors()), 1, done.messages)
        for word in words:
            self.assertIn(word, done.errors()[0])

    def scan(self, *arguments):
        done = self.run_in("--format=json", *arguments)
        return done, done.report if done.out else None

    def verdicts(self, report):
        return {m["name"]: m["verdict"] for m in report["modules"]}

    def test_no_path(self):
        self.fails(self.run_in(), "no path")

    def test_missing_path(self):
        self.fails(self.run_in("nowhere"), "nowhere", "No such file")

    def test_missing_beside_good(self):
        """The rest is scanned and reported; the status says that not all was."""
        self.write("spam.c", GOOD)
        done, report = self.scan("nowhere", "spam.c")
        self.assertEqual(done.status, 2)
        self.assertEqual(self.verdicts(report), {"spam": "ready"})
        self.assertEqual(len(done.errors()), 1)

    def test_empty_directory(self):
        (self.dir / "empty").mkdir()
        self.fails(self.run_in("empty"), "empty", "no C or C++ sources")

    def test_not_a_source(self):
        self.write("notes.txt", "hello")
        self.fails(self.run_in("notes.txt"), "notes.txt")

    def test_unreadable_file(self):
        self.write("spam.c", GOOD)
        self.write("secret.c", "int x;\n").chmod(0)
        if os.access(self.dir / "secret.c", os.R_OK):
            os.truncate(self.dir / "secret.c", 1 << 31)  # root reads everything else
        done, report = self.scan(".")
        self.assertIn(done.status, (0, 1))
        self.assertIn("secret.c", [u["file"] for u in report["coverage"]["unread"]])

    def test_unreadable_by_kind(self):
        """A fifo would block for ever, a directory cannot be read: as root too."""
        self.write("spam.c", GOOD)
        os.mkfifo(self.dir / "pipe.c")
        (self.dir / "folder.c").mkdir()
        done, report = self.scan(".")
        self.assertEqual(done.status, 0, done.messages)
        self.assertEqual(self.verdicts(report), {"spam": "ready"})

    def test_broken_c(self):
        self.write("spam.c", GOOD)
        self.write("broken.c", "#include <Python.h>\nint f(void) { return (((; }\nint g(void) { return 1; }\n@#$\n")
        done, report = self.scan(".")
        self.assertIn(done.status, (0, 1))
        lost = [u["file"] for u in report["coverage"]["unread"]] + report["coverage"]["notes"]
        self.assertTrue(any("broken.c" in x for x in lost), report["coverage"])

    def test_missing_header(self):
        self.write(
            "spam.c", GOOD.replace("static", '#include "not/there.h"\nstatic', 1) + "there_t f(void) { return g(); }\n"
        )
        done, report = self.scan("spam.c")
        self.assertIn(done.status, (0, 1))
        self.assertEqual([u["file"] for u in report["coverage"]["unread"]], ["spam.c"])
        self.assertIn("not/there.h", report["coverage"]["unread"][0]["reason"])

    def test_junk(self):
        """Binary data with the name of a source."""
        self.write("junk.c", bytes(range(256)) * 64)
        self.write("spam.c", GOOD)
        done, report = self.scan(".")
        self.assertIn(done.status, (0, 1))
        self.assertIn("spam", self.verdicts(report))
        self.assertEqual([u["file"] for u in report["coverage"]["unread"]], ["junk.c"])
        self.assertEqual(len([m for m in done.messages if "junk.c" in m]), 1)

    def test_only_junk(self):
        self.write("junk.c", b"\x7fELF\0\0\0\0" * 100)
        done = self.run_in("junk.c")
        self.assertEqual(done.status, 2)
        self.assertTrue(done.errors())

    def test_empty_file(self):
        self.write("empty.c", "")
        self.fails(self.run_in("empty.c"), "empty.c")
        self.write("spam.c", GOOD)
        done, report = self.scan(".")
        self.assertEqual(done.status, 0, done.messages)
        self.assertEqual(self.verdicts(report), {"spam": "ready"})

    def test_deep_nesting(self):
        """What makes parsers run out of stack costs one unit, not the scan."""
        self.write("deep.c", "int x = " + "(" * 100000 + "1" + ")" * 100000 + ";\n")
        self.write("spam.c", GOOD)
        done, report = self.scan(".")
        self.assertIn(done.status, (0, 1))
        self.assertIn("spam", self.verdicts(report))

    def test_link_loop(self):
        self.write("spam.c", GOOD)
        os.symlink(".", self.dir / "again")
        os.symlink("b.c", self.dir / "a.c")
        os.symlink("a.c", self.dir / "b.c")
        done, report = self.scan(".")
        self.assertEqual(done.status, 0, done.messages)
        self.assertEqual(report["modules"][0]["units"], ["spam.c"])

    def test_odd_names(self):
        """Spaces, quotes, newlines, escape sequences and bytes that are not UTF-8."""
        names = [b"a b.c", b"it's.c", b'say "hi".c', b"new\nline.c", b"\x1b[31mred.c", b"latin-\xe9.c", b"-o.c", b"%s%n.c"]
        body = b"#include <Python.h>\nPyObject *f%d(PyObject *op) { return PyLong_FromSsize_t(op->ob_refcnt); }\n"
        for i, name in enumerate(names):
            (self.dir / os.fsdecode(name)).write_bytes(body % i)
        for fmt in ("json", "text", "github"):
            done = self.run_in(f"--format={fmt}", ".")
            self.assertEqual(done.status, 1, done.messages)
            self.assertNotIn(b"\x1b", done.out)
            done.out.decode("utf-8")
        report = self.run_in("--format=json", ".").report
        files = {f["file"] for f in report["findings"]}
        self.assertEqual(
            files,
            {"a b.c", "it's.c", 'say "hi".c', "new\\x0aline.c", "\\x1b[31mred.c", "latin-\\xe9.c", "-o.c", "%s%n.c"},
        )

    def test_odd_names_given(self):
        self.write("-x.c", GOOD)
        done, report = self.scan("--", "-x.c")
        self.assertEqual(done.status, 0, done.messages)
        self.assertEqual(self.verdicts(report), {"spam": "ready"})


class BadParser(gctest.Case):
    """The program that parses is not there, or is not ours: said, and nothing is called safe."""

    def scan(self, program=None, *files):
        """With the build's data, and PROGRAM in place of gilcheck-parse."""
        self.write("spam.c", GOOD)
        data = self.dir / "data"
        data.mkdir()
        (data / "api").symlink_to(gctest.BUILD / "api")
        if program is not None:
            (data / "gilcheck-parse").write_text(program)
            (data / "gilcheck-parse").chmod(0o755)
        return self.run_in("--format=json", "spam.c", *files, env={"GILCHECK_DATADIR": str(data)})

    def test_missing(self):
        done = self.scan()
        if done.status != 2:  # one is installed where this build would be
            self.assertEqual([m["verdict"] for m in done.report["modules"]], ["ready"])
            return
        self.assertEqual(len(done.errors()), 1, done.messages)
        self.assertIn("gilcheck-parse", done.errors()[0])

    def test_says_nothing(self):
        done = self.scan("#!/bin/sh\ncat >/dev/null\n")
        self.assertEqual(done.status, 2)
        self.assertIn("nothing could be read", done.errors()[0])

    def test_does_not_listen(self):
        self.assertEqual(self.scan("#!/bin/sh\nexit 1\n").status, 2)

    def test_says_rubbish(self):
        done = self.scan("#!/bin/sh\ncat >/dev/null\nprintf '\\004\\0\\0\\0\\0\\0\\0\\0junk'\n")
        self.assertEqual(done.status, 2)
        self.assertIn("damaged facts", "\n".join(done.messages))

    def test_claims_too_much(self):
        done = self.scan("#!/bin/sh\ncat >/dev/null\nprintf '\\377\\377\\377\\377\\377\\377\\377\\377'\n")
        self.assertEqual(done.status, 2)

    def calls_of(self, last):
        """How often a parser is run that ends like this, for two units."""
        self.write("egg.c", GOOD)
        done = self.scan(f"#!/bin/sh\ncat >/dev/null\necho >>'{self.dir}/calls'\n{last}\n", "egg.c")
        self.assertEqual(done.status, 2)
        return len((self.dir / "calls").read_text().splitlines())

    def test_dies(self):
        """Each unit may be the one that it died of."""
        self.assertEqual(self.calls_of("kill -s SEGV $$"), 2)

    def test_refuses(self):
        self.assertEqual(self.calls_of("exit 2"), 1)

    def test_request_by_hand(self):
        parser = str(gctest.BUILD / "gilcheck-parse")
        for request in (b"", b"=0.0.1\0", b"\xff" * 64):
            done = subprocess.run([parser], input=request, capture_output=True, timeout=gctest.SECONDS)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(b"no request", done.stderr)
        self.assertEqual(subprocess.run([parser, "x.c"], capture_output=True).returncode, 2)


class HostileDatabase(gctest.Case):
    """compile_commands.json is input like any other: nothing in it is run or loaded."""

    def scan(self, entries, raw=None):
        self.write("spam.c", GOOD)
        text = raw if raw is not None else json.dumps(entries)
        self.write("compile_commands.json", text)
        return self.run_in("--format=json", ".")

    def entry(self, *flags, **kw):
        return {"directory": str(self.dir), "file": "spam.c", "arguments": ["cc", *flags, "-c", "spam.c"], **kw}

    def ready(self, done):
        self.assertEqual(done.status, 0, done.messages)
        self.assertEqual([m["verdict"] for m in done.report["modules"]], ["ready"])

    def test_plugin(self):
        """Each of these would load code or write a file, were it passed on."""
        trace = self.dir / "trace"
        for flags in (
            ["-fplugin=./evil.so"],
            ["-Xclang", "-load", "-Xclang", "./evil.so"],
            ["-Xclang", "-plugin", "-Xclang", "evil"],
            ["-fpass-plugin=./evil.so"],
            ["-B", "."],
            ["-wrapper", "touch," + str(trace)],
            ["-o", str(trace)],
            ["-MD", "-MF", str(trace)],
            ["-save-temps"],
            ["-include-pch", "./evil.pch"],
            ["-ivfsoverlay", "./evil.yaml"],
            ["-fmodules", "-fmodules-cache-path=" + str(trace)],
            ["--config", "./evil.cfg"],
        ):
            self.ready(self.scan([self.entry(*flags)]))
            self.assertFalse(trace.exists(), flags)

    def test_response_file(self):
        self.write("evil.rsp", "-include missing.h\n")
        self.ready(self.scan([self.entry("@evil.rsp")]))

    def test_shell(self):
        """A command line is split, never run."""
        trace = self.dir / "trace"
        command = f"cc -c spam.c; touch {trace}; $(touch {trace}) `touch {trace}` | touch {trace}"
        self.ready(self.scan([{"directory": str(self.dir), "file": "spam.c", "command": command}]))
        self.assertFalse(trace.exists())

    def test_malformed(self):
        for raw in (
            "",
            "{",
            "[",
            "{}",
            "null",
            "[null, 1, [], {}]",
            '[{"directory": 1, "file": [], "command": {}}]',
            "[" * 100000,
            '[{"file": "spam.c", "directory": "\\u0000", "arguments": ["cc"]}]',
            b"\xff\xfe[]",
        ):
            done = self.scan(None, raw)
            self.assertIn(done.status, (0, 2), raw[:40])
            self.assertTrue(done.messages, raw[:40])
            self.assertEqual([m["name"] for m in done.report["modules"]], ["spam"], raw[:40])

    def test_entries_elsewhere(self):
        done = self.scan([self.entry(), {"directory": "/", "file": "/etc/passwd", "arguments": ["cc", "/etc/passwd"]}])
        self.ready(done)
        self.assertNotIn(b"passwd", done.out)


class BadFacts(gctest.Case):
    def emit(self):
        self.write("spam.c", GOOD)
        done = self.run_in("--emit-facts", "-o", "spam.facts", "spam.c")
        self.assertEqual(done.status, 0, done.messages)
        return (self.dir / "spam.facts").read_bytes()

    def refuses(self, data, *words):
        self.write("bad.facts", data)
        done = self.run_in("--link", "bad.facts")
        self.assertEqual(done.status, 2)
        self.assertEqual(done.out, b"")
        self.assertEqual(len(done.messages), 1, done.messages)
        for word in ("bad.facts", *words):
            self.assertIn(word, done.messages[0])

    def test_damaged(self):
        data = self.emit()
        self.refuses(b"", "not a facts file")
        self.refuses(b"GIF89a" + bytes(100), "not a facts file")
        self.refuses(data[: len(data) // 2], "truncated")
        self.refuses(data[:-1] + bytes([data[-1] ^ 1]), "damaged")
        self.refuses(data + b"x")
        older = bytearray(data)
        older[8] = 0
        self.refuses(bytes(older), "version")

    def test_missing(self):
        done = self.run_in("--link", "nowhere.facts")
        self.assertEqual(done.status, 2)
        self.assertEqual(len(done.messages), 1, done.messages)

    def test_other_configuration(self):
        """Facts of different Python versions say different things."""
        self.emit()
        self.run_in("--python=3.13", "--emit-facts", "-o", "old.facts", "spam.c")
        done = self.run_in("--link", "spam.facts", "old.facts")
        self.assertEqual(done.status, 2)
        self.assertIn("cannot be linked", done.errors()[0])


if __name__ == "__main__":
    gctest.main()
