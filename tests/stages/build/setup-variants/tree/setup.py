from setuptools import Extension, setup
setup(ext_modules=[Extension("m%d" % bits, ["m.c"], define_macros=[("BITS", str(bits))]) for bits in (32, 64)])
