"""Builds `fmops-compiled`: the modules of the gateway that every request goes through, as machine code.

mypyc makes them from the same sources, by the types that `make check` proves. Python takes a compiled module where one
lies beside its source, and the source where none does: what they do is the same, and what it costs is not. The build
needs a C compiler and the packages that these modules import, for their types: it is no isolated one.
"""

import os
from pathlib import Path

from mypyc.build import mypycify
from setuptools import setup

ROOT = Path(__file__).resolve().parent.parent
GATEWAY = Path("serving/fmops_serving/gateway")
HOT = {
    "": "awaitedrelay exchange forward kind naming plain refusal relay retry serve tokens",
    "access": "doorkeeper limits window",
    "balance": "choice",
    "dialects": "azure dialect known openai sse",
    "metrics": "cells checks recorder traceparent",
    "prompts": "capture",
    "screen": "awaited awaitedevents awaitedgrowing awaitedscores events growing held last refusals scores screen",
    "server": "bodies connection draft plain reply requestid",
    "upstream": "address alarm answer connection fault plain reader request",
}
"""Modules by their folder: what a request to a model runs, and what inherits from it."""

os.chdir(ROOT)
setup(
    name="fmops-compiled",
    version="0.1.0",
    description="Hot modules of fmops' gateway, compiled",
    license="Apache-2.0",
    packages=[],
    install_requires=["fmops==0.1.0"],
    ext_modules=mypycify(
        [
            "--config-file=compiled/mypy.ini",
            *(str(GATEWAY / folder / f"{name}.py") for folder, names in HOT.items() for name in names.split()),
        ],
        group_name="fmops_gateway",
        opt_level="2",
        multi_file=True,
        debug_level="0",
    ),
)
