from setuptools import setup, Extension
from setuptools_rust import RustExtension
from Cython.Build import cythonize
setup(ext_modules=cythonize(["pkg/*.pyx"]) + [Extension("sw", ["sw.i"])], rust_extensions=[RustExtension("pkg._rust")],
      cffi_modules=["build_cffi.py:ffi"])
