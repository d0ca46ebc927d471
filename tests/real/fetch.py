#!/usr/bin/env python3
"""Fetches the source distributions of packages.json by name and hash, without building them.

    fetch.py DIR [NAME...]      downloads to DIR/dist, unpacks to DIR/src/NAME

Run by the python of tests/venv.sh, which has the package client. Each archive is checked
against its hash before anything is unpacked; a copy that is there already is used.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


class FetchError(Exception):
    """The package index could not be reached, or gave something else than was listed."""


def packages(path=os.path.join(HERE, "packages.json")):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def download(entry, dist):
    archive = os.path.join(dist, entry["file"])
    if os.path.exists(archive) and sha256(archive) == entry["sha256"]:
        return archive
    os.makedirs(dist, exist_ok=True)
    command = [os.path.join(os.path.dirname(sys.executable), "unearth"), "--no-binary",
               f"{entry['name']}=={entry['version']}", "-d", dist]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not os.path.exists(archive):
        raise FetchError(f"{entry['name']} {entry['version']}: {done.stderr.strip()[-300:]}")
    if sha256(archive) != entry["sha256"]:
        raise FetchError(f"{entry['file']}: hash differs from packages.json")
    return archive


def unpack(entry, archive, root):
    """The sources of ENTRY in ROOT/NAME, without the archive's top folder."""
    target = os.path.join(root, entry["name"])
    stamp = os.path.join(target, ".unpacked")
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as f:
            if f.read() == entry["sha256"]:
                return target
    shutil.rmtree(target, ignore_errors=True)
    temp = target + ".new"
    shutil.rmtree(temp, ignore_errors=True)
    if archive.endswith(".zip"):
        with zipfile.ZipFile(archive) as z:
            z.extractall(temp)
    else:
        with tarfile.open(archive) as t:
            t.extractall(temp, filter="data") if hasattr(tarfile, "data_filter") else t.extractall(temp)
    tops = os.listdir(temp)
    os.rename(os.path.join(temp, tops[0]) if len(tops) == 1 else temp, target)
    shutil.rmtree(temp, ignore_errors=True)
    with open(stamp, "w", encoding="utf-8") as f:
        f.write(entry["sha256"])
    return target


def fetch(entry, cache):
    return unpack(entry, download(entry, os.path.join(cache, "dist")), os.path.join(cache, "src"))


def main():
    cache, wanted = sys.argv[1], set(sys.argv[2:])
    for entry in packages():
        if not wanted or entry["name"] in wanted:
            print(fetch(entry, cache))


if __name__ == "__main__":
    try:
        main()
    except FetchError as e:
        sys.exit(f"fetch.py: {e}")
