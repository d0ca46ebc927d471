"""Expectations and labels: JSON files beside the tests, each entry with its reason."""

import json


def read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def write(path, content):
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


class Labels:
    """{finding key: right or wrong, and why}; what has no label is not judged."""

    def __init__(self, path):
        self.path = path
        self.entries = read(path).get("findings", {})
        for key, entry in self.entries.items():
            if entry.get("label") not in ("right", "wrong") or not entry.get("why"):
                raise SystemExit(f"{path}: '{key}': needs 'label' (right or wrong) and 'why'")

    def of(self, finding):
        return self.entries.get(finding.key)


class Expectations:
    """What a repair made later shows to be unsafe before it.

    {"modules": {NAME: {"states": {STATE: [functions]}, "words": ..., "functions": [...]}},
     "left_out": {NAME: {STATE or function: why it is no expectation}}}
    """

    def __init__(self, path):
        self.path = path
        self.content = read(path)

    def derive(self, repairs):
        modules = {}
        for name, made in repairs.items():
            entry = modules.setdefault(name, {"states": {}, "words": {}, "functions": []})
            for repair in made:
                for kind, found in (("states", repair.states), ("words", repair.words)):
                    for state, functions in found.items():
                        entry[kind][state] = sorted(functions | set(entry[kind].get(state, [])))
                entry["functions"] = sorted(repair.functions | set(entry["functions"]))
        write(self.path, {"left_out": self.content.get("left_out", {}), "modules": modules})
        self.content = read(self.path)

    def of(self, kind):
        """(module, name, functions) of every expectation of that kind."""
        left_out = self.content.get("left_out", {})
        for module, entry in self.content.get("modules", {}).items():
            for name in entry[kind]:
                if name not in left_out.get(module, {}):
                    yield module, name, set(entry[kind][name] if isinstance(entry[kind], dict) else [name])


def compare(tally, expectations, reports):
    """What the older version's report holds of what the newer one repaired."""
    for module, state, functions in expectations.of("states"):
        hit = next(iter(reports[module].about_state(state, functions)), None)
        tally.expect("state", hit and hit.rule, f"{module}: {state}")
    for module, name, _ in expectations.of("functions"):
        hit = next(iter(reports[module].in_functions({name})), None)
        tally.expect("function", hit and hit.rule, f"{module}: {name}()")
