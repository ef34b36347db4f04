# mypy: ignore-errors
"""Run one target under atheris: `under_atheris.py TARGET SECONDS FOLDER`; what crashes is kept in the folder."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fmops_serving.gateway", "fmops_serving.guard"]):
    from tests.fuzz.targets import TARGETS

NAME, SECONDS, FOLDER = sys.argv[1:]
OPTIONS = [f"-max_total_time={SECONDS}", "-max_len=4096", "-timeout=20", "-print_final_stats=1"]
atheris.Setup([sys.argv[0], *OPTIONS, f"-artifact_prefix={FOLDER}/", str(Path(FOLDER) / "corpus")], TARGETS[NAME])
atheris.Fuzz()
