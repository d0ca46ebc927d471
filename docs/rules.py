#!/usr/bin/env python3
"""Writes the rule pages, docs/rules/GILxxx.md, and their index from compat-db/rules.json.

    docs/rules.py            writes what changed
    docs/rules.py --check    writes nothing; fails and names the pages that are out of date
"""

import json
import pathlib
import sys

DOCS = pathlib.Path(__file__).resolve().parent
PAGES = DOCS / "rules"
LEVELS = {
    "error": "error: blocks readiness",
    "warning": "warning: blocks readiness, unless it is for review only",
    "note": "note: blocks nothing",
}

CURES = {"cured": "Cured", "not-cured": "Not cured"}


def page(rule):
    sources = "".join(f"- {s}\n" for s in rule["sources"])
    return (
        f"# {rule['code']} {rule['name']}\n\n"
        f"{rule['title'][0].upper()}{rule['title'][1:]}.\n\n"
        f"Level: {LEVELS[rule['level']]}.\n\n"
        f"## Why\n\n{rule['why'].strip()}\n\n"
        f"## What to do\n\n{rule['remedy'].strip()}\n\n"
        f"## Under the extension lock\n\n"
        f"{CURES[rule['extension_lock']]}: {rule['extension_lock_why']} ([docs/shim.md](../shim.md)).\n\n"
        f"## Reported\n\n```c\n{rule['bad'].rstrip()}\n```\n\n"
        f"## Not reported\n\n```c\n{rule['good'].rstrip()}\n```\n\n"
        f"## Where one finding is not a problem\n\n"
        f"Say so, with the reason, on the line or the line above:\n\n"
        f"```c\n/* gilcheck: ok {rule['code']} (why this is safe here) */\n```\n\n"
        f"## Sources\n\n{sources}"
    )


def index(rules):
    rows = "".join(f"| [{r['code']}]({r['code']}.md) | {r['name']} | {r['level']} | {r['title']} |\n" for r in rules)
    return (
        "# Rules\n\n"
        "Codes are never used again for something else. `gilcheck --explain CODE` prints a page.\n\n"
        f"| code | name | level | what |\n|---|---|---|---|\n{rows}"
    )


def pages():
    rules = json.loads((DOCS.parent / "compat-db/rules.json").read_text())["rules"]
    rules.sort(key=lambda r: r["code"])
    made = {f"{r['code']}.md": page(r) for r in rules}
    made["README.md"] = index(rules)
    return made


def stale(made):
    """Names of pages that differ from the database, or that it does not have."""
    there = {p.name: p.read_text() for p in PAGES.glob("*.md")}
    return sorted(n for n in {*there, *made} if there.get(n) != made.get(n))


def main():
    made = pages()
    changed = stale(made)
    if "--check" in sys.argv[1:]:
        for name in changed:
            print(f"docs/rules/{name}: not as compat-db/rules.json has it: run docs/rules.py")
        return 1 if changed else 0
    PAGES.mkdir(exist_ok=True)
    for name in changed:
        if name in made:
            (PAGES / name).write_text(made[name])
        else:
            (PAGES / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
