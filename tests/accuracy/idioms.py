"""Source (e): code that was ported, put back into its old idioms, one place at a time.

    reference  a call that gives an own reference becomes the one that borrows, and what
               releases the reference goes
    section    the critical section around an iteration goes
    copy       what was copied before an iteration is iterated itself

Which calls these are is read from compat-db. The hazard must be reported then, and nothing else
that was not there before. Places where the container is nobody else's are no expectations:
idioms.json lists them, each with its reason.
"""

import dataclasses
import json
import pathlib
import re

import facts
import guards
import mutants

HERE = pathlib.Path(__file__).resolve().parent
DATABASE = HERE.parents[1] / "compat-db"
ITERATION = {"GIL202", "GIL203"}
REFERENCES = {"GIL201", "GIL204"}
CAST = re.compile(r"^\([\w\s]+\*\)\s*")
PYTHON = "3.14"  # the last that has every call which borrows
OTHER_TYPE = re.compile(r"_(?:Keys|Values|Items)$")  # a list of what a mapping holds: iterated otherwise


class Facts:
    def __init__(self, *further):
        """FURTHER: databases of projects, as gilcheck takes them with --db."""
        self.apis = {}
        for path in [*sorted(DATABASE.glob("*.json")), *further]:
            content = json.loads(path.read_text())
            for api in content.get("apis", []) if isinstance(content, dict) else []:
                self.apis[api["name"]] = api
        self.borrowing = {}
        for api in self.apis.values():
            for r in api.get("replacements", []):
                if "form" in r and self.rules(api) & REFERENCES and not api["name"].startswith("_"):
                    # Of two that borrow, the one that handles errors alike.
                    if r["form"] != "out-clear" or r["name"] not in self.borrowing:
                        self.borrowing[r["name"]] = (api["name"], r["form"])
        self.iterating = {n for n, a in self.apis.items() if self.rules(a) & ITERATION and self.reads(a)}
        self.copying = {n for n in self.of_role("copy") if not OTHER_TYPE.search(n)}

    @staticmethod
    def rules(api):
        return {h["rule"] for h in api.get("hazards", [])}

    @staticmethod
    def reads(api):
        if api.get("owner") == "immutable-container":
            return False
        return api.get("role") == "iterate" or api.get("returns") in ("borrowed", "internal-pointer")

    def of_role(self, *roles):
        return {n for n, a in self.apis.items() if a.get("role") in roles}

    def in_version(self, name, version):
        removed = self.apis[name].get("removed")
        return not removed or number(version) < number(removed)


def packages():
    """Releases that hold their references and lock their iterations."""
    return facts.read(HERE / "ported.json")


MOST = 3  # of one kind in one module, so that none weighs more than others


def chosen(made):
    """At most MOST of each kind, the same ones each time."""
    return [m for kind in ("reference", "section", "copy") for m in mutants.sample([x for x in made if x.kind == kind], MOST)]


def left_out():
    return facts.read(HERE / "idioms.json")


def number(version):
    return tuple(map(int, version.split(".")))


@dataclasses.dataclass
class Call:
    """A call by name in the text of a source."""

    name: str
    begin: int
    end: int
    arguments: list


def calls(source, function, names, begin=None, end=None):
    text, clean = source.files[function.file], source.clean[function.file]
    for m in re.compile(r"\b(\w+)\s*\(").finditer(clean, begin or function.start, end or function.end):
        if m.group(1) in names:
            begin, open_ = m.start(), m.end()
            close = guards.closing(clean, open_)
            yield Call(m.group(1), begin, close + 1, split(text, clean, open_, close))


def split(text, clean, begin, end):
    """The arguments between the parentheses."""
    found, depth, start = [], 0, begin
    for i in range(begin, end):
        depth += (clean[i] in "([{") - (clean[i] in ")]}")
        if clean[i] == "," and not depth:
            found.append(text[start:i].strip())
            start = i + 1
    return [*found, text[start:end].strip()]


@dataclasses.dataclass
class Mutant:
    kind: str
    function: object
    line: int
    text: str  # of the whole file
    functions: set  # where the finding may be
    what: str

    def key(self):
        return f"{self.function.file.name}: {guards.plain(self.function.name)}: {self.what}"


class Idioms:
    def __init__(self, facts, source, version):
        self.facts, self.source, self.version = facts, source, version

    def mutants(self):
        """One changed file each; what iterates or borrows from what nobody else has is among them."""
        for function in self.source.functions.values():
            if function.name not in self.facts.apis:  # what stands in for older versions
                yield from self.references(function)
                yield from self.copies(function)
        yield from self.sections()

    def mutant(self, kind, function, at, changes, functions, what):
        text = self.source.files[function.file]
        line = text.count("\n", 0, at) + 1
        for begin, end, new in sorted(changes, reverse=True):
            lost = text.count("\n", begin, end) - new.count("\n")
            text = text[:begin] + new + "\n" * lost + text[end:]
        return Mutant(kind, function, line, text, set(map(guards.plain, functions)), what)

    # ---- a reference of one's own ----

    def references(self, function):
        for call in calls(self.source, function, self.facts.borrowing):
            old, form = self.facts.borrowing[call.name]
            if not self.facts.in_version(old, self.version):
                continue
            new, variable = borrowed_call(call, old, form, self.assigned(function, call))
            if new:
                changes = [(call.begin, call.end, new), *self.releases(function, variable)]
                yield self.mutant("reference", function, call.begin, changes, {function.name}, f"{old}({call.arguments[0]})")

    def assigned(self, function, call):
        before = self.source.clean[function.file][function.start : call.begin]
        m = re.search(r"(?<![\w.>])(\w+)\s*=\s*$", before)
        return m and m.group(1)

    def releases(self, function, variable):
        """What releases VARIABLE: nobody does who borrows."""
        for call in calls(self.source, function, self.facts.of_role("decref", "clear")):
            if call.arguments == [variable]:
                yield call.begin, call.end, "(void)0"

    # ---- a copy ----

    def copies(self, function):
        iterated = {c.arguments[0] for c in calls(self.source, function, self.facts.iterating)}
        for call in calls(self.source, function, self.facts.copying):
            variable = self.assigned(function, call)
            if variable in iterated:
                new = f"Py_NewRef({call.arguments[0]})"
                what = f"{call.name}({call.arguments[0]})"
                yield self.mutant("copy", function, call.begin, [(call.begin, call.end, new)], {function.name}, what)

    # ---- a section ----

    def sections(self):
        for function in self.source.functions.values():
            for guard in function.guards:
                for locked in self.locked(function, guard):
                    found = self.iteration(function, locked, guard.begin_end, guard.close, 3)
                    if found:
                        yield self.without_sections(function, guard, f"{found.name}({found.arguments[0]})")
                        break

    def without_sections(self, function, guard, what):
        line = self.source.files[function.file].count("\n", 0, guard.begin) + 1
        text = mutants.without_guards(self.source, function)
        return Mutant("section", function, line, text, set(map(guards.plain, self.below(function))), what)

    def below(self, function):
        """The functions that FUNCTION, and what is below it, names: calls, or hands on."""
        seen, names = set(), [function.name]
        while names:
            name = names.pop()
            if name in self.source.functions and name not in seen:
                seen.add(name)
                names += re.findall(r"\w+", self.source.functions[name].body)
        return seen

    def locked(self, function, guard):
        """The objects whose section it is."""
        clean, text = self.source.clean[function.file], self.source.files[function.file]
        if "CRITICAL_SECTION" not in clean[guard.begin : guard.begin_end].upper():
            return []
        open_ = clean.index("(", guard.begin)
        return split(text, clean, open_ + 1, guards.closing(clean, open_ + 1))

    def iteration(self, function, container, begin, end, depth):
        """What iterates CONTAINER between the offsets, or below a call there that gets it."""
        names = [container]
        for call in calls(self.source, function, self.facts.of_role("same-or-copy")):
            if call.arguments[0] == container and self.assigned(function, call):
                names.append(self.assigned(function, call))
        iterated = re.compile("(?:" + "|".join(map(re.escape, names)) + r")(?:->\w+)*$")
        for call in calls(self.source, function, self.facts.iterating, begin, end):
            if iterated.match(call.arguments[0]):
                return call
        for call in calls(self.source, function, self.source.functions, begin, end) if depth else ():
            callee = self.source.functions[call.name]
            for argument, name in zip(call.arguments, callee.parameters):
                passed = CAST.sub("", argument) in names
                found = passed and self.iteration(callee, name, callee.start, callee.end, depth - 1)
                if found:
                    return found
        return None


def borrowed_call(call, old, form, assigned):
    """The old call as an expression that has the value of the new one, and its variable."""
    if form == "same":
        return f"{old}({', '.join(call.arguments)})", assigned
    *arguments, out = call.arguments
    if not re.fullmatch(r"&\s*\w+", out):
        return None, None
    variable = out.lstrip("& ")
    given = f"{variable} = {old}({', '.join(arguments)})"
    absent = f"{variable} == Py_None" if form == "out-none" else f"{variable} == NULL"
    failed = f"{variable} == NULL" if form == "out-none" else "PyErr_Occurred()"
    return f"({given}, !({absent}) ? 1 : {failed} ? -1 : 0)", variable


def judge(tally, mutant, name, before, after):
    """New findings in the function are the hazard that was put there; others are wrong."""
    known = {(f.key, f.raw["confidence"]) for f in before.blocking}
    new = [f for f in after.blocking if (f.key, f.raw["confidence"]) not in known]
    hits = [f for f in new if f.functions & mutant.functions]
    why = left_out().get(name, {}).get(mutant.key())
    where = f"{name}: {mutant.key()} ({mutant.kind})"
    if why is None:
        tally.expect(mutant.kind, hits[0].rule if hits else None, where)
    else:
        tally.leave_out(where, why)
    for finding in {f.key: f for f in new}.values():
        tally.judge(finding, finding in hits and why is None, f"{name}: {mutant.key()}", why or "")
