#!/usr/bin/env python3
"""How often gilcheck is right, and what it misses: recomputed from sources.

    accuracy.py --build DIR --cache DIR [--cpython-old TREE --cpython-new TREE] [--corpus DIR]
                [--derive] [--unlabelled] [-o FILE]

(a) CPython's extension modules of two versions, (b) guarded code with one guard removed,
(c) releases of packages before and after a repair, (d) packages whose findings were read and
labelled, (e) ported code with one old idiom put back. Only definite and likely findings count. The trees are parameters: CPython's are
unpacked sources with their pyconfig.h, --corpus is a cache of tests/real/fetch.py, into which
what is missing is fetched. --derive writes the expectations of (a) and (c) anew, to be
reviewed; --unlabelled lists what nobody has judged yet.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import cpython  # noqa: E402
import facts  # noqa: E402
import guards  # noqa: E402
import idioms  # noqa: E402
import measure  # noqa: E402
import mutants  # noqa: E402
import releases  # noqa: E402
import scan  # noqa: E402

import fetch  # noqa: E402

LABELS = HERE.parent / "real/labels"
MUTANTS_PER_TREE = 3

INTRO = """# Accuracy

Written by `make accuracy`; what it measures and how stands in `tests/accuracy/accuracy.py`. Only `definite` and
`likely` findings count, for both figures. A figure is only worth what its ground truth is:

- (a) compares the extension modules of CPython {old} and {new}. Expected in {old} is what {new} guards and {old} does
  not, derived from the text of both (`tests/accuracy/guards.py`); a finding in {new} is wrong unless it was read and
  labelled right. Functions whose guarded code touches no state of the module are expectations too (containers of
  others, libraries that need a lock), met by a finding in what the new guard covers. What the text shows and is no
  expectation is left out, by hand and with a reason: counted apart, and listed at the end. State that was only made
  atomic is not counted: of {words} such states {words_found} are reported at some confidence.
- (b) removes the guards of one function at a time: something about a state that the code under them touches must
  be new, or about the functions that it is in.
- (c) does for releases of packages what (a) does for CPython.
- (d) is every finding of some packages of the real corpus, read beside the source.
- (e) puts one place of ported code back into its old idiom at a time: a borrowing call instead of the one that gives
  an own reference, an iteration without its critical section, no copy before it (`tests/accuracy/idioms.py`).""".splitlines()


class Run:
    def __init__(self, args):
        self.args = args
        self.cache = args.cache.resolve()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.scanner = scan.Scanner(args.build.resolve(), self.cache)
        self.tallies, self.unlabelled = [], []
        self.words = [0, 0]
        self.versions = ("", "")

    def tally(self, title):
        self.tallies.append(measure.Tally(title))
        return self.tallies[-1]

    # ---- (a) ----

    def cpython(self):
        old, new = self.args.cpython_old, self.args.cpython_new
        comparison = cpython.Comparison(self.scanner, old, new, self.cache / "cpython")
        self.versions = comparison.versions
        expectations = facts.Expectations(HERE / "cpython.json")
        if self.args.derive:
            expectations.derive(comparison.repairs)
        before = {n: r for (v, n), r in comparison.reports.items() if v == "old"}
        tally = self.tally(f"(a) CPython {self.versions[0]} and {self.versions[1]}")
        facts.compare(tally, expectations, before)
        for module, state, functions in expectations.of("words"):
            self.words[0] += 1
            self.words[1] += any(before[module].about_state(state, functions, all_confidences=True))
        labels = facts.Labels(HERE / "cpython-labels.json")
        for (version, name), report in sorted(comparison.reports.items()):
            if version == "new":
                self.judge_all(tally, labels, report, name, unlabelled_is_wrong=True)
        return comparison

    def judge_all(self, tally, labels, report, where, unlabelled_is_wrong=False):
        for finding in report.blocking:
            label = labels.of(finding)
            if label:
                tally.judge(finding, label["label"] == "right", where, label["why"])
            else:
                self.unlabelled.append((where, finding))
                if unlabelled_is_wrong:
                    tally.judge(finding, False, where, "not labelled")

    # ---- (b) ----

    def mutate(self, comparison):
        tally = self.tally("(b) guards removed")
        for name in sorted(comparison.repairs):
            files = comparison.new_modules.get(name)
            if not files:
                continue
            root = comparison.new / "Modules"
            copy = mutants.fresh_copy(root, self.cache / "mutants" / "Modules")
            made = [
                mutants.Mutant(name, source, function, behind)
                for _, source in cpython.sources(files)
                for function, behind in mutants.candidates(source)
            ]
            for mutant in mutants.sample(made, MUTANTS_PER_TREE):
                with mutants.applied(mutant, root, copy):
                    after = self.scan_copy(comparison, name, files, root, copy)
                mutants.judge(tally, mutant, comparison.reports["new", name], after)

    def scan_copy(self, comparison, name, files, root, copy):
        moved = [copy / f.relative_to(root) for f in files]
        return cpython.scan_module(
            self.scanner, comparison.new, comparison.versions[1], name, moved, self.cache / "cpython/mutants"
        )

    # ---- (e) ----

    def idioms_of_cpython(self, comparison):
        tally = self.tally("(e) old idioms put back, CPython")
        known = idioms.Facts(cpython.INTERNAL)
        root = comparison.new / "Modules"
        copy = mutants.fresh_copy(root, self.cache / "mutants" / "Modules")
        for name, files in sorted(comparison.new_modules.items()):
            made = [
                mutant
                for _, source in cpython.sources(files)
                for mutant in idioms.Idioms(known, source, comparison.versions[1]).mutants()
            ]
            before = self.scan_copy(comparison, name, files, root, copy) if made else None
            for mutant in idioms.chosen(made):
                with mutants.applied(mutant, root, copy):
                    after = self.scan_copy(comparison, name, files, root, copy)
                idioms.judge(tally, mutant, name, before, after)

    def idioms_of_packages(self):
        tally = self.tally("(e) old idioms put back, packages")
        known, python = idioms.Facts(), f"--python={idioms.PYTHON}"
        for entry in idioms.packages():
            root = releases.unpacked(entry, self.args.corpus)
            made = [
                mutant
                for _, source in releases.sources(root)
                for mutant in idioms.Idioms(known, source, idioms.PYTHON).mutants()
            ]
            copy = mutants.fresh_copy(root, self.cache / "mutants" / entry["name"])
            before = self.scanner.scan(copy, python)
            for mutant in idioms.chosen(made):
                with mutants.applied(mutant, root, copy):
                    after = self.scanner.scan(copy, python)
                idioms.judge(tally, mutant, entry["name"], before, after)

    # ---- (c) ----

    def releases(self):
        tally = self.tally("(c) releases before and after a repair")
        expectations = facts.Expectations(HERE / "releases-expected.json")
        reports = {}
        if self.args.derive:
            expectations.derive({e["name"]: releases.repairs(e, self.args.corpus) for e in releases.pairs()})
        for entry in releases.pairs():
            reports[entry["name"]] = self.scanner.scan(releases.tree(entry, "old", self.args.corpus), ".")
        facts.compare(tally, expectations, reports)

    # ---- (d) ----

    def labelled(self):
        tally = self.tally("(d) labelled packages")
        for entry in fetch.packages():
            path = LABELS / f"{entry['name']}.json"
            if path.exists():
                report = self.scanner.scan(pathlib.Path(fetch.fetch(entry, str(self.args.corpus))))
                self.judge_all(tally, facts.Labels(path), report, entry["name"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--build", "--cache"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    for name in ("--cpython-old", "--cpython-new", "--corpus", "--output", "-o"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--derive", action="store_true")
    parser.add_argument("--unlabelled", action="store_true")
    args = parser.parse_args()
    run = Run(args)
    if args.cpython_old and args.cpython_new:
        comparison = run.cpython()
        run.mutate(comparison)
        run.idioms_of_cpython(comparison)
    if args.corpus:
        args.corpus = args.corpus.resolve()
        run.releases()
        run.labelled()
        run.idioms_of_packages()
    intro = "\n".join(INTRO).format(old=run.versions[0], new=run.versions[1], words=run.words[0], words_found=run.words[1])
    text = measure.document(intro.splitlines(), run.tallies)
    whole = args.cpython_old and args.cpython_new and args.corpus
    if args.o and whole:
        args.o.write_text(text)
    else:
        print(text)
    if args.unlabelled:
        for where, finding in run.unlabelled:
            print(f"unlabelled: {where}: {finding.line}: {finding.key}: {finding.raw['message']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
