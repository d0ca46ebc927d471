from setuptools import setup, Extension
class CMakeExtension(Extension):
    def __init__(self, name, sourcedir=""):
        Extension.__init__(self, name, sources=[])
setup(ext_modules=[CMakeExtension("cm")])
