import helper
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
class MyExt(Extension):
    def __init__(self, name, **kw):
        super().__init__(name, sources=[f"{name}.c"], **kw)
class Build(build_ext):
    def finalize_options(self):
        build_ext.finalize_options(self)
        self.include_dirs.append("more")
    def build_extension(self, ext):
        ext.define_macros.append(("BUILT", None))
        super().build_extension(ext)
setup(ext_modules=[MyExt("a", define_macros=helper.MACROS)], cmdclass={"build_ext": Build})
