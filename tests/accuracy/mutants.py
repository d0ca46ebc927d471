"""Source (b): guarded code with one guard removed: the state behind it must be reported then,
and nothing else that was not there before."""

import contextlib
import random
import shutil

import guards

SEED = 2026


def without_guards(source, function):
    """The text of the function's file with its sections and locks taken out."""
    text = source.files[function.file]
    spans = []
    for guard in function.guards:
        spans.append((guard.begin, guard.begin_end))
        if guard.close > guard.begin_end and guard.end > guard.close:
            spans.append((guard.close, guard.end))
    for m in source.unlocks.finditer(source.clean[function.file], function.start, function.end):
        spans.append((m.start(), guards.closing(source.clean[function.file], m.end()) + 1))
    for begin, end in sorted(set(spans), reverse=True):
        text = text[:begin] + replacement(text[begin:end]) + text[end:]
    return text


def replacement(statement):
    """Sections open and close a block; the rest are statements. Lines stay where they are."""
    code = "{" if statement.startswith("Py_BEGIN") else "}" if statement.startswith("Py_END") else "(void)0"
    semicolon = ";" if statement.rstrip().endswith(";") else ""
    return code + semicolon + "\n" * statement.count("\n")


def candidates(source):
    """Guarded functions behind whose guards state is written that other code uses too."""
    guarded = source.guarded()
    used = {}
    for name, function in source.functions.items():
        for state in source.states_in(function.body):
            used.setdefault(state, set()).add(name)
    for name in sorted(guarded):
        function = source.functions[name]
        states = source.written_in(guarded[name])
        if function.guards and states and not guards.SETS_UP.search(name):
            yield function, Behind(source, function)


class Behind:
    """What a function's guards guard: the states that the code under them touches, and the
    functions that this code is in."""

    def __init__(self, source, function):
        self.functions = {function.name}
        texts = [guards.text_of(source, function, g) for g in function.guards]
        text = "\n".join(source.with_callees(t, self.functions, 3) for t in texts)
        self.states = source.states_in(text)
        self.functions = set(map(guards.plain, self.functions))


@contextlib.contextmanager
def applied(mutant, root, copy):
    """COPY of the tree at ROOT with the one file changed, for as long as this lasts."""
    target = copy / mutant.function.file.relative_to(root)
    before = target.read_bytes()
    target.write_text(mutant.text)
    yield
    target.write_bytes(before)


class Mutant:
    def __init__(self, name, source, function, behind):
        self.name, self.function, self.behind = name, function, behind
        self.text = without_guards(source, function)



def judge(tally, mutant, before, after):
    """New findings show a state behind the guard, or are in its function; others are wrong."""
    known = {(f.key, f.raw["confidence"]) for f in before.blocking}
    new = [f for f in after.blocking if (f.key, f.raw["confidence"]) not in known]
    keys = {f.key.split(" ", 1)[1] for f in before.blocking}
    behind = mutant.behind
    hits = [f for f in new if f.names & behind.states or behind.functions & f.functions]
    tally.expect("state", hits[0].rule if hits else None, f"{mutant.name}: {mutant.function.name}")
    for finding in new:
        if finding.key.split(" ", 1)[1] not in keys:  # else only its rule changed
            tally.judge(finding, finding in hits, f"{mutant.name}: {mutant.function.name}")


def sample(items, most):
    """At most MOST, the same ones each time."""
    items = list(items)
    return items if len(items) <= most else random.Random(SEED).sample(items, most)


def fresh_copy(root, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root, target, symlinks=True)
    return target
