import subprocess, os
from setuptools import Extension, setup
have = subprocess.call(["pkg-config", "--exists", "foo"]) == 0
sources = ["a.c"]
macros = []
if have:
    sources.append("foo.c")
    macros.append(("HAVE_FOO", "1"))
else:
    sources.append("nofoo.c")
macros.append(("VERSION", subprocess.check_output("x")))
if os.environ.get("DEBUG"):
    macros.append(("DEBUG", "1"))
setup(ext_modules=[Extension("a", sources, define_macros=macros, include_dirs=subprocess.getoutput("y").split())])
