# ruff: noqa: INP001 - setuptools runs it, nobody imports it
"""Builds `fmops-compiled`: the modules that every request to the gateway goes through, as machine code.

mypyc makes them from the same sources, by the types that `make check` proves. Python takes a compiled module where one
lies beside its source, and the source where none does: what they do is the same, and what it costs is not. The build
needs a C compiler and the packages that these modules import, for their types: it is no isolated one.
"""

import os
from pathlib import Path

from mypyc.build import mypycify
from setuptools import setup

ROOT = Path(__file__).resolve().parent.parent
SERVING = Path("serving/fmops_serving")
HOT = [each for each in Path(__file__).with_name("hot.txt").read_text().splitlines() if not each.startswith("#")]

os.chdir(ROOT)
setup(
    name="fmops-compiled",
    version="0.1.0",
    description="Hot modules of fmops' gateway, compiled",
    license="Apache-2.0",
    packages=[],
    install_requires=["fmops==0.1.0"],
    ext_modules=mypycify(
        ["--config-file=compiled/mypy.ini", *(str(SERVING / each) for each in HOT)],
        group_name="fmops_gateway",
        opt_level="2",
        multi_file=True,
        debug_level="0",
    ),
)
