# SPDX-License-Identifier: 0BSD
"""stress.py DIR ROUNDS: threads that share objects of three packages nobody has ported."""
import random
import sys
import threading

sys.path.insert(0, sys.argv[1])
import bitarray  # noqa: E402
import kiwisolver  # noqa: E402
import regex  # noqa: E402

assert not sys._is_gil_enabled(), "the GIL came back"
rounds = int(sys.argv[2])
bits = bitarray.bitarray()
solver = kiwisolver.Solver()
pattern = regex.compile(r"(?:(\w+)\s*)+?(\d+){e<=1}")
raised = []


def use_bits():
    for _ in range(rounds):
        bits.extend([1, 0, 1] * 7)
        bits.append(1)
        if len(bits) > 2000:
            del bits[:1500]
        bits.count()
        bits.tobytes()
        bits.find(bitarray.bitarray("11"))


def use_solver():
    for _ in range(rounds // 4):
        x, y = kiwisolver.Variable("x%d" % random.random()), kiwisolver.Variable("y")
        constraints = [x >= y + 1, x <= 10, (y >= 0) | "weak"]
        for c in constraints:
            solver.addConstraint(c)
        solver.addEditVariable(x, "strong")
        solver.suggestValue(x, 5)
        solver.updateVariables()
        for c in constraints:
            solver.removeConstraint(c)
        solver.removeEditVariable(x)


def use_regex():
    for _ in range(rounds // 4):
        assert pattern.search("abc def ghi 12") is not None
        regex.sub(r"(a+)|(b+)", lambda m: m.group(0) * 2, "aabb" * 5)
        pattern.scanner("abc 1 def 2").search()


def run(function):
    try:
        function()
    except BaseException as e:
        raised.append(e)


threads = [threading.Thread(target=run, args=(f,))
           for f in (use_bits, use_solver, use_regex) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
sys.exit(repr(raised) if raised else 0)
