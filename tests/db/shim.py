"""shim.py SRCDIR: what compat-db says gilshim.h provides, and what gilshim.h defines.

The database marks an entry with "shim" where include/gilshim.h has the name for versions of
Python that lack it. The header defines such names as macros and as static inline functions;
each that the database knows must be marked, and each mark must be true.
"""

import json
import pathlib
import re
import sys

NAME = r"(_?Py_?[A-Z]\w*)"
MACRO = re.compile(rf"^[ \t]*#[ \t]*define[ \t]+{NAME}", re.MULTILINE)
FUNCTION = re.compile(rf"\b{NAME}[ \t]*\([^;{{]*\)\s*\n?\{{")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def defined(header):
    text = COMMENT.sub("", header.read_text())
    return set(MACRO.findall(text)) | set(FUNCTION.findall(text))


def main():
    root = pathlib.Path(sys.argv[1])
    marks = {}
    for path in sorted((root / "compat-db").glob("*.json")):
        for api in json.loads(path.read_text()).get("apis", []):
            marks[api["name"]] = (path.name, api.get("shim", False))
    provided = defined(root / "include/gilshim.h")
    problems = 0
    for name, (file, marked) in sorted(marks.items()):
        if marked != (name in provided):
            problems += 1
            print(f"{file}: {name}: {'marked' if marked else 'not marked'}, but gilshim.h "
                  f"{'has it' if name in provided else 'does not define it'}")
    marked = sum(m for _, m in marks.values())
    print(f"{marked} marked, {len(provided & marks.keys())} provided, {problems} problems")
    return 1 if problems or marked < 50 else 0


sys.exit(main())
