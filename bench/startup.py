#!/usr/bin/env python3
"""Start-up: processor time from exec to exit where nothing is scanned.

    startup.py --build DIR [--repeat N]

Three programs in turn, the median of the repetitions each: one that does nothing and is linked to
nothing, one that does nothing and loads libclang, and `gilcheck --api` of one name (which is
start-up, a look-up in the compiled-in database, and the print). Only gilcheck-parse loads
libclang: the middle one is what a scan adds to its own start. To reach: gilcheck under 15 ms.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

EMPTY = "int main(void)\n{\n\treturn 0;\n}\n"
CLANG = "const char *clang_getClangVersion(void);\nint main(int n, char **v)\n{\n\t(void)v;\n" \
        "\treturn n > 9 && clang_getClangVersion() != 0;\n}\n"


def libclang(program):
    """The library that the parser's program loads."""
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        if "libclang" in line:
            return line.split("=>")[1].split()[0]
    raise SystemExit("startup.py: gilcheck-parse does not load libclang")


def build(directory, name, source, *libraries):
    path = os.path.join(directory, name)
    subprocess.run([os.environ.get("CC", "cc"), "-x", "c", "-", "-x", "none", *libraries, "-o", path],
                   input=source, text=True, check=True)
    return path


def milliseconds(command):
    """(processor, elapsed) of one run."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        raise SystemExit(f"startup.py: {command[0]} failed")
    return (used.ru_utime + used.ru_stime) * 1000, (time.monotonic() - began) * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=os.path.abspath)
    parser.add_argument("--repeat", type=int, default=51)
    args = parser.parse_args()
    gilcheck = os.path.join(args.build, "gilcheck")
    library = libclang(gilcheck + "-parse")
    with tempfile.TemporaryDirectory() as directory:
        commands = {
            "nothing": [build(directory, "nothing", EMPTY)],
            "libclang loaded": [build(directory, "clang", CLANG, library,
                                      f"-Wl,-rpath,{os.path.dirname(library)}")],
            "gilcheck --api": [gilcheck, "--api", "PyDict_GetItem"],
        }
        runs = {name: [] for name in commands}
        for _ in range(args.repeat):
            for name, command in commands.items():
                runs[name].append(milliseconds(command))
    print(f"{'start-up':<18} {'CPU ms':>8} {'elapsed ms':>11}")
    for name, taken in runs.items():
        cpu, elapsed = (statistics.median(t[i] for t in taken) for i in (0, 1))
        print(f"{name:<18} {cpu:8.1f} {elapsed:11.1f}")


if __name__ == "__main__":
    sys.exit(main())
