"""api_names.py SRCDIR: string literals of the scanner's C files that are names of the
database.

Facts about APIs live in compat-db; C code asks for them by what they mean. A literal that
is nothing but a name the database knows (or that begins like one of Python's) is such a
fact in the wrong place. Text for people may mention names. Left out are the program that
reads headers, whose trial types are no facts, and what the build generates.
"""

import json
import pathlib
import re
import sys

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])+'|"((?:\\.|[^"\\\n])*)\"""", re.DOTALL
)
PYTHON = re.compile(r"_?Py[A-Z_]\w{2,}")
LEFT_OUT = re.compile(r"scanner/frontend/import\w*\.[ch]|scanner/db/tables\.c")


def known_names(directory):
    """Names of Python's API; those of its tables where they look like one (tp_new)."""
    names = set()
    for path in directory.glob("*.json"):
        content = json.loads(path.read_text())
        names.update(api["name"] for api in content.get("apis", []) if PYTHON.match(api["name"]))
        for section in ("slots", "constants"):
            names.update(entry["name"] for entry in content.get(section, []))
        for table in content.get("tables", []):
            names.add(table["type"])
            names.update(f["field"] for f in table["fields"] if "_" in f["field"])
    return names


def literals(text):
    for match in TOKEN.finditer(text):
        if match.group(1) is not None:
            yield text.count("\n", 0, match.start()) + 1, match.group(1)


def main():
    root = pathlib.Path(sys.argv[1])
    names = known_names(root / "compat-db")
    problems = 0
    files = 0
    for path in sorted((root / "scanner").rglob("*.[ch]")):
        shown = path.relative_to(root).as_posix()
        if LEFT_OUT.fullmatch(shown):
            continue
        files += 1
        for line, literal in literals(path.read_text(errors="replace")):
            if not (literal in names or PYTHON.fullmatch(literal)):
                continue
            print(f'{shown}:{line}: "{literal}" belongs into compat-db')
            problems += 1
    print(f"{files} files, {len(names)} names, {problems} problems")
    return 1 if problems or files < 20 or len(names) < 1500 else 0


sys.exit(main())
