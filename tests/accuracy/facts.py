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

    {"modules": {NAME: {"states": {STATE: [functions]}, "words": ...,
                        "functions": {NAME: [functions that its guard covers]}}},
     "left_out": {NAME: {STATE or function: why it is no expectation}}}
    """

    def __init__(self, path):
        self.path = path
        self.content = read(path)

    def derive(self, repairs):
        modules = {}
        for name, made in repairs.items():
            entry = modules.setdefault(name, {"states": {}, "words": {}, "functions": {}})
            for repair in made:
                for kind in ("states", "words", "functions"):
                    found = getattr(repair, kind)
                    for state, functions in found.items():
                        entry[kind][state] = sorted(functions | set(entry[kind].get(state, [])))
        write(self.path, {"left_out": self.content.get("left_out", {}), "modules": modules})
        self.content = read(self.path)

    def of(self, kind):
        """(module, name, functions) of every expectation of that kind."""
        for module, entry in self.content.get("modules", {}).items():
            for name in entry[kind]:
                if not self.why_not(module, name):
                    yield module, name, set(entry[kind][name])

    def why_not(self, module, name):
        return self.content.get("left_out", {}).get(module, {}).get(name)

    def left_out(self):
        """(module, name, why) of what the text shows and no expectation is made of."""
        for module, entry in self.content.get("modules", {}).items():
            for name in sorted({*entry["states"], *entry["functions"]}):
                if self.why_not(module, name):
                    yield module, name, self.why_not(module, name)


def compare(tally, expectations, reports):
    """What the older version's report holds of what the newer one repaired."""
    for module, name, why in expectations.left_out():
        tally.leave_out(f"{module}: {name}", why)
    for module, state, functions in expectations.of("states"):
        hit = next(iter(reports[module].about_state(state, functions)), None)
        tally.expect("state", hit and hit.rule, f"{module}: {state}")
    for module, name, functions in expectations.of("functions"):
        hit = next(iter(reports[module].in_functions(functions)), None)
        tally.expect("function", hit and hit.rule, f"{module}: {name}()")
