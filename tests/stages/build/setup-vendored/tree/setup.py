from setuptools import setup, Extension
setup(ext_modules=[Extension("a", ["a.c", "vendor/lib/lib.c"])])
