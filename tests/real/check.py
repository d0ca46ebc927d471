#!/usr/bin/env python3
"""Scans real packages and compares with the reviewed summaries in golden/.

    check.py --build DIR --cache DIR [--update] [NAME...]

For each package of packages.json: the scan ends normally, its report is valid against the
schema, is the same byte for byte with one worker and with two, lowers at least 99 % of the
functions of units whose headers were all found, and its summary (verdict per module,
findings per rule, what was not read) is the golden one. --update writes the golden files
anew, to be reviewed by reading their difference. One line a package: PASS, FAIL or SKIP.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys

import fetch

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def missing_debian(entry):
    """Packages of the entry's pinned surroundings that are not installed here."""
    def installed(name):
        done = subprocess.run(["dpkg", "-s", name], capture_output=True, text=True, check=False)
        return "install ok installed" in done.stdout
    return [name for name in entry.get("debian", []) if not installed(name)]


def unwanted_headers(entry):
    return [h for h in entry.get("without", []) if os.path.exists(os.path.join("/usr/include", h))]


def scan(gilcheck, source, jobs, env, extra=()):
    command = [gilcheck, "--format", "json", "--fail-on", "never", f"-j{jobs}", *extra, "."]
    done = subprocess.run(command, cwd=source, env=env, capture_output=True, timeout=900, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}: {done.stderr.decode(errors='replace')[-400:]}")
    return done.stdout


def summary(report):
    """What a reviewer wants to see change: small enough to read, exact enough to notice."""
    rules = {}
    for finding in report["findings"]:
        counts = rules.setdefault(finding["rule"], {"blocking": 0, "review": 0})
        counts["review" if finding["confidence"] == "review" else "blocking"] += 1
    coverage = report["coverage"]
    return {
        "modules": {m["name"]: {key: m[key] for key in ("verdict", "declared", "init_style")}
                    for m in report["modules"]},
        "findings": dict(sorted(rules.items())),
        "coverage": {key: coverage[key] for key in ("units", "functions", "functions_analysed")},
        "unread": sorted({u["file"] + ": " + u["reason"] for u in coverage["unread"]}),
    }


def lowered_share(report):
    """Of the functions in units that lack no header, how many were lowered whole."""
    incomplete = report["coverage"]["incomplete"]
    lacking = [u for u in incomplete if u["missing_headers"]]
    functions = report["coverage"]["functions"] - sum(u["functions"] for u in lacking)
    damaged = (report["coverage"]["functions"] - report["coverage"]["functions_analysed"]
               - sum(u["damaged"] for u in lacking))
    return 1.0 if functions == 0 else 1 - damaged / functions


def differences(golden, found, path=""):
    if isinstance(golden, dict) and isinstance(found, dict):
        for key in sorted(set(golden) | set(found)):
            yield from differences(golden.get(key), found.get(key), f"{path}/{key}")
    elif golden != found:
        yield f"{path}: golden {json.dumps(golden)}, found {json.dumps(found)}"


def check(entry, args, schema, env):
    source = fetch.fetch(entry, args.cache)
    gilcheck = os.path.join(args.build, "gilcheck")
    one, two = (scan(gilcheck, source, jobs, env) for jobs in (1, 2))
    if one != two:
        raise AssertionError("the report with -j1 differs from the one with -j2")
    if scan(gilcheck, source, 2, env) != two:
        raise AssertionError("two scans differ")
    report = json.loads(one)
    jsonschema.validate(report, schema)
    share = lowered_share(report)
    # Lower only where packages.json says why: code that no longer compiles for this Python.
    if share < entry.get("lowered", 0.99):
        raise AssertionError(f"only {share:.1%} of the functions of complete units were lowered")
    found = summary(report)
    golden_path = os.path.join(HERE, "golden", entry["name"] + ".json")
    if args.update:
        with open(golden_path, "w", encoding="utf-8") as f:
            json.dump(found, f, indent=1, sort_keys=True)
            f.write("\n")
        return
    with open(golden_path, encoding="utf-8") as f:
        wrong = list(differences(json.load(f), found))
    if wrong:
        raise AssertionError("\n    ".join(["summary differs:"] + wrong))


def environment(build):
    """Third-party Python headers (NumPy, pybind11) come from the tests' own environment."""
    return dict(os.environ, VIRTUAL_ENV=os.path.dirname(os.path.dirname(sys.executable)),
                XDG_CACHE_HOME=os.path.join(build, "cache"))


def outcome(entry, test):
    lacking, present = missing_debian(entry), unwanted_headers(entry)
    if lacking or present:
        return "SKIP", "needs " + " ".join(lacking) if lacking else "pinned without " + " ".join(present)
    try:
        test(entry)
        return "PASS", ""
    except fetch.FetchError as e:
        return "SKIP", str(e)
    except (AssertionError, OSError, ValueError, KeyError, subprocess.TimeoutExpired,
            jsonschema.ValidationError) as e:
        return "FAIL", str(e)[:3000]


def each_package(names, group, test):
    """Runs TEST on every package, or on those of NAMES, two at a time. The exit status."""
    entries = [e for e in fetch.packages() if not names or e["name"] in names]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda entry: outcome(entry, test), entries)
        for entry, (result, why) in zip(entries, done):
            failed += result == "FAIL"
            print(f"{result}: {group}/{entry['name']}{': ' if why else ''}{why}", flush=True)
    return 1 if failed or not entries else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=os.path.abspath)
    parser.add_argument("--cache", required=True, type=os.path.abspath)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    with open(os.path.join(TOP, "docs", "report.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    env = environment(args.build)
    return each_package(args.names, "real", lambda entry: check(entry, args, schema, env))


if __name__ == "__main__":
    sys.exit(main())
