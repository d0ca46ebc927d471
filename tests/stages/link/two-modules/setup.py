from setuptools import Extension, setup

setup(
    name="two",
    ext_modules=[
        Extension("pkg._a", ["a.c", "common.c"]),
        Extension("pkg._b", ["b.c", "common.c"]),
        Extension("pkg._lost", ["lost.c"]),
    ],
)
