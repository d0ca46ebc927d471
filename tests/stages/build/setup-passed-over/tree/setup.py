import sys
from setuptools import Extension, setup

sources = ["src/spam.c"]
if sys.platform == "win32":
    sources.append("src/windows.c")
setup(
    name="spam",
    libraries=[("eggs", {"sources": ["lib/eggs.c"], "include_dirs": ["lib"]})],
    ext_modules=[Extension("spam", sources)],
)
