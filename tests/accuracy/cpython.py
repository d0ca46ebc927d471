"""Source (a): the interpreter's own extension modules in two versions, the older before and
the newer after they were repaired for builds without the GIL."""

import json
import pathlib

import guards
import scan

HERE = pathlib.Path(__file__).resolve().parent
INTERNAL = HERE / "internal.json"  # what headers of the interpreter's own do
# Not part of a normal build here: tests of the interpreter, other systems.
LEFT_OUT = ("_test", "_xxtest", "xx", "_winapi", "overlapped", "_scproxy", "tkappinit", "config", "main", "getpath", "gcmodule")
# Only where the installed libffi cannot allocate closures.
NOT_BUILT = {"malloc_closure.c"}
# What configure would define with the libraries that are installed for the scan.
CONFIGURED = {"_dbm": ["-DUSE_GDBM_COMPAT=1", "-DHAVE_GDBM_DASH_NDBM_H=1"]}


def modules(tree):
    """{name: its C files}: one file that has an init function of its own, or a directory's."""
    found = {}
    root = tree / "Modules"
    for path in sorted(root.glob("*.c")) + sorted(root.glob("*/*.c")):
        if path.relative_to(root).parts[0].startswith(LEFT_OUT) or "PyInit_" not in path.read_text(errors="replace"):
            continue
        inside = path.parent != root
        name = path.parent.name if inside else path.stem.removesuffix("module")
        files = sorted(path.parent.glob("*.c")) if inside else [path]
        found[name] = [f for f in files if f.name not in NOT_BUILT]
    return found


def stage(tree, name, files, work):
    """A directory with the compile database of one module."""
    directory = work / name
    directory.mkdir(parents=True, exist_ok=True)
    include = [f"-I{tree / d}" for d in (".", "Modules", "Modules/_decimal/libmpdec")]
    # Not the module's own code: what they do is in INTERNAL.
    for headers in ("Include", "Include/internal", "Include/internal/mimalloc"):
        include += ["-isystem", str(tree / headers)]
    core = ["-DPy_BUILD_CORE_MODULE=1", "-D_GNU_SOURCE=1", *CONFIGURED.get(name, []), *include]
    entries = [
        {"directory": str(tree), "file": str(f), "arguments": ["cc", *core, "-c", str(f)]} for f in files
    ]
    (directory / "compile_commands.json").write_text(json.dumps(entries))
    return directory


def scan_module(scanner, tree, version, name, files, work):
    directory = stage(tree, name, files, work)
    return scanner.scan(
        directory, "-p", directory, f"--python={version}", f"--python-include={tree / 'Include'}",
        f"--cache={scanner.cache}", f"--db={INTERNAL}", *files
    )


def sources(files):
    """Each file with the wrappers that argument clinic wrote for it."""
    for path in files:
        clinic = path.parent / "clinic" / (path.name + ".h")
        yield path, guards.Source([path, clinic] if clinic.exists() else [path])


def version_of(tree):
    for line in (tree / "Include/patchlevel.h").read_text().splitlines():
        if line.startswith("#define PY_VERSION "):
            return ".".join(line.split('"')[1].split(".")[:2])
    raise SystemExit(f"{tree}: no version in Include/patchlevel.h")


def check_tree(tree):
    for needed in ("Include/internal", "Modules", "pyconfig.h"):
        if not (tree / needed).exists():
            raise SystemExit(f"{tree}: '{needed}' is missing: unpack the sources and configure them")


def repairs(old, new):
    """{module: [Repair]} of the modules that both versions have, where something was repaired."""
    found, theirs = {}, modules(new)
    for name, files in modules(old).items():
        before = {p.name: s for p, s in sources(files)}
        after = {p.name: s for p, s in sources(theirs.get(name, []))}
        made = [guards.repaired(before[f], after[f]) for f in before if f in after]
        made = [r for r in made if r.states or r.words or r.functions]
        if made:
            found[name] = made
    return found


class Comparison:
    """Both versions of every module that was repaired, scanned."""

    def __init__(self, scanner, old, new, work):
        old, new = pathlib.Path(old).resolve(), pathlib.Path(new).resolve()
        check_tree(old)
        check_tree(new)
        self.scanner, self.new = scanner, new
        self.repairs = repairs(old, new)
        self.versions = version_of(old), version_of(new)
        self.new_modules = modules(new)
        tasks = [(v, tree, files) for v, tree in zip(("old", "new"), (old, new)) for files in [modules(tree)]]
        jobs = [(v, tree, n, files[n]) for v, tree, files in tasks for n in self.repairs if n in files]
        reports = scanner.each(
            lambda j: scan_module(scanner, j[1], version_of(j[1]), j[2], j[3], work / j[0]), jobs
        )
        self.reports = {(v, n): r for (v, _, n, _), r in zip(jobs, reports)}
