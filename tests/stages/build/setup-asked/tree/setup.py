import subprocess

from setuptools import Extension, setup

version = subprocess.check_output(["spam-config", "--version-number"]).decode()
flavour = subprocess.check_output(["spam-config", "--flavour"]).decode()
colour = subprocess.check_output(["spam-config", "--colour"]).decode()

setup(
    name="asked",
    ext_modules=[
        Extension(
            "asked",
            sources=["src/asked.c"],
            include_dirs=["inc"],
            define_macros=[
                ("SPAM_VERSION", version),
                ("SPAM_FLAVOUR", flavour),
                ("SPAM_COLOUR", colour),
            ],
        )
    ],
)
