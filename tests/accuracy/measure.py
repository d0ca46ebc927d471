"""What is counted, and how it is shown."""

import collections
import dataclasses


@dataclasses.dataclass
class Tally:
    """Right and wrong findings, expectations found and missed, by rule."""

    title: str
    right: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    wrong: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    found: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    missed: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    kinds: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # (kind, found)
    notes: list = dataclasses.field(default_factory=list)  # each wrong finding and each miss
    left_out: dict = dataclasses.field(default_factory=dict)  # {why: expectations not made}

    def judge(self, finding, right, where, why=""):
        (self.right if right else self.wrong)[finding.rule] += 1
        if not right:
            self.notes.append(f"wrong: {where}: {finding.key}" + (f" ({why})" if why else ""))

    def expect(self, kind, rule, where):
        """RULE is what found it, None where nothing did."""
        (self.found if rule else self.missed)[rule or kind] += 1
        self.kinds[kind, bool(rule)] += 1
        if not rule:
            self.notes.append(f"missed: {where}")

    def leave_out(self, where, why):
        self.left_out.setdefault(why, []).append(where)

    def precision(self):
        return share(self.right.total(), self.wrong.total())

    def recall(self):
        return share(self.found.total(), self.missed.total())


def share(yes, no):
    return f"{100 * yes / (yes + no):.0f} % ({yes} of {yes + no})" if yes + no else "-"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def document(intro, tallies):
    lines = [*intro, ""]
    rows = [(t.title, t.precision(), t.recall(), sum(map(len, t.left_out.values())) or "-") for t in tallies]
    lines += table(("source", "precision", "recall", "left out"), rows)
    kinds = sum((t.kinds for t in tallies), collections.Counter())
    lines += ["", "## By kind of expectation", ""]
    lines += table(
        ("kind", "recall"), [(k, share(kinds[k, True], kinds[k, False])) for k in sorted({k for k, _ in kinds})]
    )
    lines += ["", "## By rule", "", "Right and wrong findings over all sources; what an expectation was found by.", ""]
    rules = sorted({r for t in tallies for c in (t.right, t.wrong, t.found) for r in c})
    total = {n: sum((getattr(t, n) for t in tallies), collections.Counter()) for n in ("right", "wrong", "found")}
    lines += table(
        ("rule", "precision", "expectations found"),
        [(r, share(total["right"][r], total["wrong"][r]), total["found"][r]) for r in rules],
    )
    for tally in tallies:
        if tally.notes:
            lines += ["", f"## {tally.title}: what was wrong or missed", ""]
            lines += [f"- {n}" for n in tally.notes]
        if tally.left_out:
            lines += ["", f"## {tally.title}: left out of the expectations, and why", ""]
            lines += [f"- {why}: {', '.join(names)}" for why, names in sorted(tally.left_out.items())]
    return "\n".join(lines) + "\n"
