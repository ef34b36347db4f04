# mypy: ignore-errors
"""Schemathesis over the published document: `with_schemathesis.py URL KEY MODEL SCOPE` prints a line of JSON.

Names of models, catalogues and prompts are narrowed to those that are there, so that requests reach what answers them:
the dialect of Anthropic, whose server refuses what the real one refuses, embeddings, prompts and chains.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

URL, KEY, *_ = sys.argv[1:]
ROOT = URL.removesuffix("/v1")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = "25"
MODELS = {"EmbeddingRequest": "clients/vectors"}
PATHS = {"namespace": "clients", "catalog": "desk", "name": "hello"}


def narrowed() -> dict:
    """Give the document with names that are there."""
    with urllib.request.urlopen(ROOT + "/openapi.json") as answer:
        document = json.load(answer)
    for name, schema in document["components"]["schemas"].items():
        if "model" in schema.get("properties", {}) and name != "Step":
            schema["properties"]["model"] = {"enum": [MODELS.get(name, "clients/claude")]}
    call = document["components"]["schemas"]["PromptCall"]
    call["properties"]["variables"] = {"type": "object", "required": ["who"], "properties": {"who": {"type": "string"}}}
    call["properties"] = {key: call["properties"][key] for key in ("model", "variables", "stream", "include")}
    call["required"] = ["model", "variables"]
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = {"enum": [PATHS[parameter["name"]]]}
    return document


def main() -> None:
    """Ask every operation with made-up requests, good and bad, and hold the answers against the document."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.json"
        file.write_text(json.dumps(narrowed()))
        command = [str(Path(sys.executable).with_name("st")), "run", str(file), "--url", ROOT, "--checks", CHECKS]
        command += ["--header", f"Authorization: Bearer {KEY}", "--seed", "7", "--max-examples", EXAMPLES]
        done = subprocess.run(
            [*command, "--phases", "coverage,fuzzing"], cwd=folder, capture_output=True, text=True, check=False
        )
    fault = None if done.returncode == 0 else done.stdout[-6000:]
    counted = next((line.strip() for line in done.stdout.splitlines() if "generated," in line), "nothing")
    print(json.dumps({"check": counted, "fault": fault}))


main()
