from setuptools import Extension
def build(kw):
    kw["ext_modules"] = MODS
MODS = [Extension("b", ["b.c"])]
