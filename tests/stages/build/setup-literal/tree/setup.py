from setuptools import setup, Extension
NEEDS = ["numpy>=2.1 ; python_version > '3.12'"]
setup(name="p", install_requires=NEEDS + ["six"], setup_requires="wheel\n  cffi>=1\n", ext_modules=[
    Extension("p._a", ["src/a.c", "src/b.cpp"], include_dirs=["inc"],
              define_macros=[("A", None), ("B", "2"), ('S', '"text"')], undef_macros=["NDEBUG"],
              libraries=["z", "m"], extra_compile_args=["-O3", "-std=c++17", "-DC", "-Iinc2", "-fplugin=x.so"]),
    Extension(name="p._gone", sources=["src/gone.c"]),
])
