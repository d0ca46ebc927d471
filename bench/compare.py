#!/usr/bin/env python3
"""CPU time and memory of a cold gilcheck beside `clang -fsyntax-only`, on real packages.

    compare.py --build DIR [--cache DIR] [--clang CLANG] [--repeat N] [NAME...]

Both read the same units with the same flags and headers in the same run, alternately; the
median of the repetitions counts. gilcheck runs without its cache (--no-cache); the
precompiled headers that were built with the program are part of the program. Archives
come from --cache, $GC_REAL_CACHE or BUILD/real. CPU time is user plus system time of the process and its workers. Memory is the highest sum of the
proportional set sizes of all of gilcheck's processes, sampled every 20 ms.

To reach: median package 0.35, whole corpus 0.6, no package above 1.3, memory 400 MB.
Run it while nothing else runs: single figures move, ratios less.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests", "real"))
import fetch  # noqa: E402


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


UNIT = re.compile(r"unit (.*?)( #\d+)? \((c|c\+\+)(?:, (\S+))?\)(?: vendored)? from ")


def units(gilcheck, source, env):
    """(path, flags) of each unit, from --dump-build."""
    text = subprocess.run([gilcheck, "--dump-build", "."], cwd=source, env=env, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    found = []
    for line in text.decode(errors="surrogateescape").splitlines():
        unit = UNIT.match(line)
        if unit:
            path, _, language, standard = unit.groups()
            found.append((path, ["-x", language] + ([f"-std={standard}"] if standard else [])))
        elif line.startswith("  -") and found:
            found[-1][1].extend(line.strip().split(" ", 1))
    return found


def descendants(pid):
    found, todo = [], [pid]
    while todo:
        at = todo.pop()
        found.append(at)
        try:
            with open(f"/proc/{at}/task/{at}/children", encoding="ascii") as f:
                todo.extend(int(p) for p in f.read().split())
        except OSError:
            pass
    return found


def proportional_kb(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            for line in f:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class PeakMemory(threading.Thread):
    """Samples a process tree until told to stop."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.peak, self.stopped = pid, 0, threading.Event()

    def run(self):
        while not self.stopped.is_set():
            self.peak = max(self.peak, sum(proportional_kb(p) for p in descendants(self.pid)))
            self.stopped.wait(0.02)


def time_gilcheck(gilcheck, source, env, with_memory=False):
    before = children_cpu()
    command = [gilcheck, "--no-cache", "--format", "json", "--fail-on", "never", "."]
    process = subprocess.Popen(command, cwd=source, env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    sampler = PeakMemory(process.pid) if with_memory else None
    if sampler:
        sampler.start()
    process.wait()
    if sampler:
        sampler.stopped.set()
        sampler.join()
    if process.returncode:
        raise SystemExit(f"compare.py: gilcheck ended with {process.returncode} in {source}")
    return children_cpu() - before, sampler.peak / 1024 if sampler else 0


def time_clang(clang, api, source, todo):
    before = children_cpu()
    for path, flags in todo:
        subprocess.run([clang, "-fsyntax-only", "-w", "-ferror-limit=0", "-DPy_GIL_DISABLED=1",
                        *flags, "-isystem", api, path], cwd=source, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return children_cpu() - before


def measure(entry, args, env):
    source = fetch.fetch(entry, args.cache)
    gilcheck = os.path.join(args.build, "gilcheck")
    todo = units(gilcheck, source, env)
    ours, theirs = [], []
    _, memory = time_gilcheck(gilcheck, source, env, with_memory=True)
    for _ in range(args.repeat):
        ours.append(time_gilcheck(gilcheck, source, env)[0])
        theirs.append(time_clang(args.clang, args.api, source, todo))
    return len(todo), statistics.median(ours), statistics.median(theirs), memory


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--build", required=True)
    parser.add_argument("--cache")
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--python", default="3.15")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    args.cache = os.path.abspath(args.cache or os.environ.get("GC_REAL_CACHE")
                                 or os.path.join(args.build, "real"))
    args.api = os.path.join(args.build, "api", args.python)
    env = dict(os.environ, VIRTUAL_ENV=os.path.dirname(os.path.dirname(sys.executable)))
    print(f"{'package':20} {'units':>5} {'gilcheck s':>10} {'clang s':>8} {'ratio':>6} {'MB':>6}")
    ratios, total_ours, total_theirs, peak = [], 0.0, 0.0, 0.0
    started = time.monotonic()
    for entry in fetch.packages():
        if args.names and entry["name"] not in args.names:
            continue
        n, ours, theirs, memory = measure(entry, args, env)
        ratio = ours / theirs if theirs else 0
        print(f"{entry['name']:20} {n:5} {ours:10.2f} {theirs:8.2f} {ratio:6.2f} {memory:6.0f}",
              flush=True)
        if theirs:
            ratios.append(ratio)
        total_ours, total_theirs = total_ours + ours, total_theirs + theirs
        peak = max(peak, memory)
    print(f"median package {statistics.median(ratios):.2f}, whole corpus "
          f"{total_ours / total_theirs:.2f}, largest {max(ratios):.2f}, memory {peak:.0f} MB, "
          f"{len(ratios)} packages, {args.repeat} repetitions, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
