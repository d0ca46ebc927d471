# SPDX-License-Identifier: 0BSD
"""stress.py DIR PACKAGE ROUNDS: threads that share objects of a package nobody has ported."""
import importlib
import random
import sys
import threading

sys.path.insert(0, sys.argv[1])
package = importlib.import_module(sys.argv[2])
rounds = int(sys.argv[3])
assert not sys._is_gil_enabled(), "the GIL came back"
THREADS = 4
raised = []


def ahocorasick():
    """Words come and go in one automaton."""
    shared = package.Automaton()

    def use(me):
        for i in range(rounds):
            word = f"{me}{i % 50}"
            shared.add_word(word, i)
            assert shared.get(word) == i
            if i % 3 == 0:
                shared.remove_word(word)
            f"{1 - me}{i % 50}" in shared

    def check():
        assert len(set(shared)) == len(shared) == THREADS * sum(i % 3 != 0 for i in range(rounds - 50, rounds))
    return use, check


def kiwisolver():
    """Constraints come and go in one solver."""
    shared = package.Solver()

    def use(me):
        for _ in range(rounds // 4):
            x, y = package.Variable("x%d" % random.random()), package.Variable("y")
            constraints = [x >= y + 1, x <= 10, (y >= 0) | "weak"]
            for c in constraints:
                shared.addConstraint(c)
            shared.addEditVariable(x, "strong")
            shared.suggestValue(x, 5)
            shared.updateVariables()
            for c in constraints:
                shared.removeConstraint(c)
            shared.removeEditVariable(x)
    return use, lambda: None


def regex():
    """Patterns that are searched by all."""
    fuzzy = package.compile(r"(?:(\w+)\s*)+?(\d+){e<=1}")
    groups = package.compile(r"(a)(?:(b)|(c))+")

    def use(me):
        for i in range(rounds):
            match = groups.match("abcbc")
            assert match.span() == (0, 5) and match.captures(2) == ["b", "b"]
            if i % 50 == 0:
                assert fuzzy.search("abc def ghi 12") is not None
                assert package.sub(r"(a+)|(b+)", lambda m: m.group(0) * 2, "aabb" * 5) == "aaaabbbb" * 5
                fuzzy.scanner("abc 1 def 2").search()
    return use, lambda: None


def run(function, me):
    try:
        function(me)
    except BaseException as e:
        raised.append(e)


use, check = globals()[sys.argv[2]]()
threads = [threading.Thread(target=run, args=(use, n)) for n in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
if not raised:
    check()
sys.exit(repr(raised) if raised else 0)
