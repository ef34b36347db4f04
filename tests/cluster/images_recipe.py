"""Reads a Dockerfile for what decides the content of one target: its text and the files it takes from the context."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.errors import ClusterError


@dataclass
class Stage:
    """One `FROM`: its instructions, the stages it builds on or takes from, and the context paths it reads."""

    instructions: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def image_key(
    context: Path,
    dockerfile: Path,
    target: str,
    base: str,
    *,
    arguments: Mapping[str, str] | None = None,
    contexts: Mapping[str, Path] | None = None,
) -> str:
    """12 hex digits that change when, and only when, an input of `target` does.

    `base` names the content of the base image; `arguments` are the build's, which choose stages, and `contexts` its
    folders with names. Comments, other targets and files that no instruction takes do not count. Raises ClusterError
    when the target or one of its files is missing.
    """
    stages = parse_stages(dockerfile.read_text(encoding="utf-8"), arguments or {})
    named = contexts or {}
    digest = hashlib.sha256(base.encode())
    for name in needed_stages(stages, target):
        digest.update("\n".join(stages[name].instructions).encode())
        for path in stages[name].paths:
            for source in _files(context, path):
                digest.update(f"\0{source.relative_to(context)}\0".encode() + source.read_bytes())
        for folder in (named[each] for each in stages[name].needs if each in named):
            for source in _files(folder, "."):
                digest.update(f"\0{source.name}\0".encode() + source.read_bytes())
    return digest.hexdigest()[:12]


def needed_stages(stages: dict[str, Stage], target: str) -> list[str]:
    """`target` and every stage it needs, in the Dockerfile's order."""
    if target not in stages:
        raise ClusterError(f"the Dockerfile has no target {target}; it has {', '.join(stages)}")
    found, waiting = {target}, [target]
    while waiting:
        for name in stages[waiting.pop()].needs:
            if name in stages and name not in found:
                found.add(name)
                waiting.append(name)
    return [name for name in stages if name in found]


def parse_stages(text: str, arguments: Mapping[str, str] | None = None) -> dict[str, Stage]:
    """The named stages of a Dockerfile, in order; instructions before the first `FROM` are not a stage's.

    `arguments` are the build's, in place of those that such instructions give.
    """
    stages: dict[str, Stage] = {}
    current, chosen = Stage(), dict(arguments or {})
    for instruction in _instructions(text):
        word, _, rest = instruction.partition(" ")
        if word == "ARG" and not stages:
            chosen.setdefault(*rest.split("=", 1))
        elif word == "FROM":
            parent, _, name = rest.partition(" AS ")
            parent = re.sub(r"\$\{(\w+)\}", lambda argument: chosen[argument[1]], parent)
            current = stages[name] = Stage(needs=[parent])
        elif word == "COPY" and not rest.startswith("--from="):
            current.paths += rest.split()[:-1]
        current.needs += re.findall(r"--(?:mount=\S*?,)?from=([\w-]+)", rest)
        current.paths += [
            _bound(mount) for mount in re.findall(r"--mount=(type=bind\S+)", rest) if "from=" not in mount
        ]
        current.instructions.append(instruction)
    return stages


def _instructions(text: str) -> list[str]:
    """Whole instructions: comments away, continued lines joined, blanks reduced."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [re.sub(r"\s+", " ", line).strip() for line in joined.splitlines()]


def _bound(mount: str) -> str:
    return next(part.removeprefix("source=") for part in mount.split(",") if part.startswith("source="))


def _files(context: Path, path: str) -> list[Path]:
    found = context / path
    if found.is_dir():
        return sorted(f for f in found.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    if not found.is_file():
        raise ClusterError(f"the Dockerfile copies {path}, which is not in {context}")
    return [found]
