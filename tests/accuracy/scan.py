"""Runs gilcheck over sources and says what it found in the terms of the expectations."""

import concurrent.futures
import json
import os
import re
import subprocess

import guards

JOBS = 2


class Scanner:
    def __init__(self, build, cache):
        self.program = build / "gilcheck"
        self.cache = cache
        self.environment = dict(os.environ, GILCHECK_DATADIR=str(build), XDG_CACHE_HOME=str(cache))

    def scan(self, directory, *options):
        command = [self.program, "--format=json", "--fail-on=never", "-j1", *options, directory]
        done = subprocess.run(command, cwd=directory, env=self.environment, capture_output=True, timeout=900)
        if done.returncode:
            raise RuntimeError(f"{directory}: exit status {done.returncode}: {done.stderr.decode()[-500:]}")
        return Report(json.loads(done.stdout))

    @staticmethod
    def each(function, items):
        """FUNCTION of every item, in order, several at a time."""
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            return list(pool.map(function, items))


class Finding:
    def __init__(self, raw):
        self.raw = raw
        self.rule, self.file, self.line = raw["rule"], raw["file"].rsplit("/", 1)[-1], raw["line"]
        self.counts = raw["confidence"] != "review"
        shared = raw.get("shared") or {}
        self.state = shared.get("name") or ""
        self.names = set(re.findall(r"\w+", self.state))
        self.function = guards.plain(raw.get("function") or "")
        self.functions = {guards.plain(e["function"]) for e in raw["evidence"] if e.get("function")} | {self.function}

    @property
    def key(self):
        """What names the finding without lines: rule, file, and the state or the function."""
        what = self.state if self.rule in SHARED_RULES else f"{self.function}: {self.state}".removesuffix(": ")
        return f"{self.rule} {self.file} {what}"


SHARED_RULES = {"GIL301", "GIL302", "GIL303", "GIL304", "GIL305", "GIL306", "GIL307", "GIL308", "GIL702"}
# What follows from other findings, or states what is declared.
ABOUT_MODULES = {"GIL101", "GIL102", "GIL103", "GIL104", "GIL105", "GIL106", "GIL107", "GIL901", "GIL902"}


class Report:
    def __init__(self, raw):
        self.raw = raw
        self.all = [Finding(f) for f in raw["findings"] if f["rule"] not in ABOUT_MODULES and not f["suppressed"]]
        self.blocking = [f for f in self.all if f.counts]
        self.unread = raw["coverage"]["unread"]

    def about_state(self, name, functions, all_confidences=False):
        """Findings about a state of that name which show one of the functions."""
        for f in self.all if all_confidences else self.blocking:
            if f.rule in SHARED_RULES | {"GIL205", "GIL206"} and name in f.names:
                yield f

    def in_functions(self, names):
        return [f for f in self.blocking if f.functions & names]
