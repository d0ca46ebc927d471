import os, sys
from glob import glob
from os.path import join as j
from setuptools import Extension as Ext, setup
HERE = os.path.dirname(os.path.abspath(__file__))
names = ["one", "two"]
common = ["src/common.c"]
common += glob("src/util/*.c")
macros = dict(WITH_X=1)
opts = {"include_dirs": [os.path.join(HERE, "inc")]}
if sys.platform == "win32":
    opts["define_macros"] = [("WIN", None)]
else:
    opts["define_macros"] = [("UNIX", None)] + [(k, v) for k, v in macros.items()]
def make(name, *extra, **kw):
    kw = dict(opts, **kw) if kw else opts
    return Ext("pkg._%s" % name, sources=["src/{}.c".format(name)] + common + list(extra), **kw)
exts = [make(n) for n in names]
exts.append(make("three", f"src/{'x'}tra.c"))
exts[0].define_macros.append(("ONLY_SHARED", "1"))
for e in exts:
    e.libraries.extend(["ssl"])
setup(ext_modules=exts)
