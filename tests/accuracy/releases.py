"""Source (c): packages before and after a release that repaired their thread-safety, fetched by
name and hash like the packages of tests/real."""

import pathlib
import sys

import facts
import guards

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "real"))
import fetch  # noqa: E402

NOT_THE_PACKAGE = {"tests", "test", "examples", "doc", "docs"}
SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp")


def pairs():
    return facts.read(HERE / "releases.json")


def tree(entry, which, cache):
    """The unpacked sources; each version has a name of its own, so that both stay."""
    return unpacked(dict(entry[which], name=entry["name"]), cache)


def unpacked(release, cache):
    archive = fetch.download(release, str(cache / "dist"))
    return pathlib.Path(fetch.unpack(dict(release, name=f"{release['name']}-{release['version']}"), archive, str(cache / "src")))


def sources(root):
    paths = [p for p in sorted(root.rglob("*")) if p.suffix in SUFFIXES and p.is_file()]
    paths = [p for p in paths if not NOT_THE_PACKAGE & set(p.relative_to(root).parts)]
    macros = "\n".join(guards.without_text(p.read_text(errors="replace")) for p in paths if p.suffix.startswith(".h"))
    for path in paths:
        yield path.relative_to(root), guards.Source([path], macros)


def repairs(entry, cache):
    before = dict(sources(tree(entry, "old", cache)))
    after = dict(sources(tree(entry, "new", cache)))
    made = [guards.repaired(before[p], after[p]) for p in before if p in after]
    return [r for r in made if r.states or r.words or r.functions]
