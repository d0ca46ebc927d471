#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""bench/shim.py GILSHIM_O [PYTHON...]: what the shim costs, for each interpreter given.

Medians of eleven runs; what is compared runs in turn. "entry_ns" is the difference between a shimmed
and a plain no-op called from C; "loop" the ratio of the two from a Python loop; "ref" the time of the
strong-reference backport over that of #if code; these are processor time. "two" is the throughput
of two shimmed extensions on two threads over that of one on one thread, which needs two idle
processors; "unlocked" the same over that of two threads without the shim or the GIL, which does not.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

MEASURE = r'''
import json, statistics, sys, threading, time
sys.path.insert(0, sys.argv[1])

def once(f, args, clock):
    t = clock()
    f(*args)
    return clock() - t

def both(f, f_args, g, g_args, clock=time.thread_time):
    """Medians of each, run in turn: what else the machine does meets both alike."""
    runs = [(once(f, f_args, clock), once(g, g_args, clock)) for _ in range(11)]
    return [statistics.median(side) for side in zip(*runs)]

def ratio(*args, **more):
    first, second = both(*args, **more)
    return first / second

def loop(f, n):
    for _ in range(n):
        f()

def work(m, n):
    for _ in range(n):
        m.body(3000)

def together(ms, n):
    threads = [threading.Thread(target=work, args=(m, n)) for m in ms]
    for t in threads: t.start()
    for t in threads: t.join()

out = {}
import plain0
if hasattr(plain0, "by_shim"):
    d = {"k": object()}
    out["ref"] = ratio(plain0.by_shim, (d, "k", 10**6), plain0.by_hand, (d, "k", 10**6))
if len(sys.argv) > 2:
    import a0, b0
    n = 300000
    shim, plain = both(plain0.calls, (a0.nothing, n), plain0.calls, (plain0.nothing, n))
    out["entry_ns"] = (shim - plain) / n * 1e9
    out["loop"] = ratio(loop, (a0.nothing, n), loop, (plain0.nothing, n))
    clock = time.perf_counter
    out["unlocked"] = ratio(together, ([plain0, plain0], 1500), together, ([a0, b0], 1500), clock=clock)
    out["two"] = 2 * ratio(together, ([a0], 1500), together, ([a0, b0], 1500), clock=clock)
print(json.dumps(out))
'''


def build(python, out, gilshim_o):
    include, free = subprocess.run(
        [python, "-c", "import os, sys, sysconfig\n"
         "i = os.path.join(sys.prefix, 'include', 'python%d.%d' % sys.version_info[:2] + sys.abiflags)\n"
         "print(i if os.path.isdir(i) else sysconfig.get_path('include'))\n"
         "print(int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"],
        check=True, stdout=subprocess.PIPE).stdout.decode().split("\n")[:2]
    cc = os.environ.get("CC", "cc")

    def one(name, before, after):
        subprocess.run([cc, "-O2", "-fPIC", "-shared", "-DNAME=" + name] + before + [
            "-I" + include, os.path.join(ROOT, "bench", "shim.c")] + after + [
            "-o", os.path.join(out, name + ".so")], check=True)
    one("plain0", ["-I" + os.path.join(ROOT, "include")], [])
    if free == "1":
        for name in ("a0", "b0"):
            one(name, ["-I" + os.path.join(ROOT, "shim", "include")], [gilshim_o])
    return free == "1"


def main():
    for python in sys.argv[2:] or [sys.executable]:
        with tempfile.TemporaryDirectory() as out:
            free = build(python, out, sys.argv[1])
            env = dict(os.environ, PYTHON_GIL="0") if free else None
            p = subprocess.run([python, "-c", MEASURE, out] + ["lock"] * free, check=True, env=env,
                               stdout=subprocess.PIPE)
            figures = json.loads(p.stdout)
        print(os.path.basename(python), *("%s %.2f" % f for f in sorted(figures.items())))


main()
