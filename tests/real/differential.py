#!/usr/bin/env python3
"""The embedded headers against real ones: the findings must be the same, package by package.

    differential.py --build DIR --cache DIR --include DIR [NAME...]

Each package of packages.json is scanned twice, with the embedded headers and with the real
ones of a free-threaded Python in --include. A finding that only one scan has must be listed in
the package's "differs", with the reason; so must the opposite: a listed one that is not met any
more is a failure. One line a package: PASS, FAIL or SKIP.
"""
import argparse
import json
import os
import sys

import check
import fetch


def identity(finding):
    """What a reader would call the same finding."""
    return (finding["rule"], finding["confidence"], finding["file"], finding["function"] or "",
            finding["message"])


def scan(args, source, extra, env):
    gilcheck = os.path.join(args.build, "gilcheck")
    return json.loads(check.scan(gilcheck, source, 2, env, extra))


def compare(entry, args, env):
    source = fetch.fetch(entry, args.cache)
    embedded = {identity(f) for f in scan(args, source, [], env)["findings"]}
    real = {identity(f) for f in scan(args, source, ["--python-include", args.include], env)["findings"]}
    listed = {(d["rule"], d["file"]) for d in entry.get("differs", [])}
    met = set()
    wrong = []
    for where, findings in (("embedded", embedded - real), ("real", real - embedded)):
        for rule, confidence, file, function, message in sorted(findings):
            met.add((rule, file))
            if (rule, file) not in listed:
                wrong.append(f"only with {where} headers: {rule} {confidence} {file} {function}: {message}")
    wrong += [f"listed, but does not differ: {rule} in {file}" for rule, file in sorted(listed - met)]
    if wrong:
        raise AssertionError("\n    ".join([f"{len(wrong)} differences:"] + wrong))
    return len(embedded)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=os.path.abspath)
    parser.add_argument("--cache", required=True, type=os.path.abspath)
    parser.add_argument("--include", required=True, type=os.path.abspath)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    env = check.environment(args.build)
    return check.each_package(args.names, "differential", lambda entry: compare(entry, args, env))


if __name__ == "__main__":
    sys.exit(main())
