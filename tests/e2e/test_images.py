"""The images hold what they need and nothing that they do not."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from tests.cluster.demo_client import Client
from tests.cluster.demo_install import RELEASE, SYSTEM
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import REPOSITORY

pytestmark = [pytest.mark.node, pytest.mark.timeout(1500)]

FIND = "import importlib.util as u, json, sys; print(json.dumps({m: bool(u.find_spec(m)) for m in sys.argv[1:]}))"
DIGESTS = """
import hashlib, importlib.util, json, pathlib, sys
package = pathlib.Path(importlib.util.find_spec(sys.argv[1]).origin).parent
digest = lambda f: hashlib.sha256(f.read_bytes()).hexdigest()
print(json.dumps({str(f.relative_to(package)): digest(f) for f in package.rglob("*.py")}))
"""

Finder = Callable[..., dict[str, bool]]


@pytest.fixture
def in_operator(kubectl: Kubectl) -> Finder:
    def find(*modules: str) -> dict[str, bool]:
        where = ("exec", f"deploy/{RELEASE}", "--namespace", SYSTEM, "--")
        return dict(json.loads(kubectl(*where, "python", "-c", FIND, *modules)))

    return find


@pytest.fixture
def in_serving(kubectl: Kubectl, client: Client) -> Finder:
    def find(*modules: str) -> dict[str, bool]:
        script = f"import sys; sys.argv[1:] = {list(modules)!r}\n{FIND}"
        return dict(json.loads(client.python(script)))

    return find


def test_the_operator_image_has_no_engine_and_no_tools(in_operator: Finder) -> None:
    assert in_operator("kopf", "kubernetes") == {"kopf": True, "kubernetes": True}
    unwanted = in_operator("torch", "vllm", "transformers", "pip", "pytest", "rich", "obstore")
    assert not any(unwanted.values()), unwanted


def test_the_serving_image_has_no_operator_framework(in_serving: Finder) -> None:
    wanted = in_serving("httptools", "jinja2", "onnxruntime", "tokenizers")
    assert all(wanted.values()), wanted
    unwanted = in_serving("aiohttp", "kopf", "kubernetes", "torch", "vllm", "pip", "pytest")
    assert not any(unwanted.values()), unwanted


def test_the_operator_image_holds_the_code_of_this_checkout(kubectl: Kubectl) -> None:
    package = REPOSITORY / "operator" / "fmops_operator"
    here = {str(f.relative_to(package)): sha256(f.read_bytes()).hexdigest() for f in package.rglob("*.py")}
    where = ("exec", f"deploy/{RELEASE}", "--namespace", SYSTEM, "--")
    assert json.loads(kubectl(*where, "python", "-c", DIGESTS, "fmops_operator")) == here


def test_neither_image_has_a_compiler(kubectl: Kubectl, client: Client) -> None:
    look = "import shutil; print([t for t in ('cc', 'gcc', 'g++', 'make', 'uv', 'pip') if shutil.which(t)])"
    assert client.python(look).strip() == "[]"
    where = ("exec", f"deploy/{RELEASE}", "--namespace", SYSTEM, "--")
    assert kubectl(*where, "python", "-c", look).strip() == "[]"
