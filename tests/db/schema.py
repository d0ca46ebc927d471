"""schema.py SRCDIR: compat-db against its schema; see schema.sh."""

import json
import pathlib
import sys

import jsonschema

# Beyond a schema: these bad files are refused for what other entries or members say.
BEYOND = {
    "code",
    "duplicate",
    "effects-both",
    "hazard-code",
    "level-reason",
    "module-style",
    "old-signature",
    "owner",
    "param-data",
    "release",
    "replacement",
    "role-arg-far",
    "rule",
    "source-dangling",
    "source-missing",
    "source-unknown",
    "table-dangling",
    "table-entry",
    "table-type",
    "taken",
    "version-order",
}


def strict(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a member appears twice")
    return dict(pairs)


def load(path):
    return json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=strict)


def accepted(validator, path):
    try:
        return validator.is_valid(load(path))
    except ValueError:
        return False


def main():
    root = pathlib.Path(sys.argv[1])
    schema = load(root / "compat-db" / "schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    problems = []
    files = sorted((root / "compat-db").glob("*.json"))
    for path in files:
        if path.name == "schema.json":
            continue
        for error in validator.iter_errors(load(path)):
            problems.append(f"{path.name}: {error.json_path}: {error.message}")
    good = sorted((root / "tests/unit/db/good").glob("*.json"))
    bad = sorted((root / "tests/unit/db/bad").glob("*.json"))
    for path in good:
        if not accepted(validator, path):
            problems.append(f"{path.name}: refused, but the loader takes it")
    for path in bad:
        if accepted(validator, path) != (path.stem in BEYOND):
            problems.append(f"{path.name}: schema and loader do not agree")
    print("\n".join(problems))
    print(f"{len(files) - 1} files, {len(good)} good, {len(bad)} bad, {len(problems)} problems")
    return 1 if problems or len(files) < 40 or len(bad) < 40 else 0


sys.exit(main())
