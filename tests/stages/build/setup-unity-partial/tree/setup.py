from setuptools import setup, Extension
setup(ext_modules=[Extension("a", ["all.c", "b.c"] + more())])
