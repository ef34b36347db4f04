"""Answers of a wanted shape: what the runner asks of the engine, and what a classification makes of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serving.evaluate.laptop import evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import LABELS, catalog_spec, label_of, number_in
from tests.support.openai_server import Asked, Behaviour, Says, openai_server

ENUM = {"type": "string", "enum": list(LABELS)}
OBJECT = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "topic": ENUM},
    "required": ["reason", "topic"],
    "additionalProperties": False,
}


def written(folder: Path, schema: dict[str, Any]) -> None:
    catalog = catalog_spec(20)
    catalog["templates"][0]["outputSchema"] = schema
    write(folder, resource("EvaluationRun", "quality", run_spec()), resource("PromptCatalog", "support", catalog))


def as_text(asked: Asked) -> Behaviour:
    return Says(json.dumps(label_of(number_in(asked.prompt))))


def as_object(asked: Asked) -> Behaviour:
    return Says(json.dumps({"reason": "it says so", "topic": label_of(number_in(asked.prompt))}))


@pytest.mark.parametrize(("schema", "answers", "strict"), [(ENUM, as_text, False), (OBJECT, as_object, True)])
def test_every_request_asks_for_the_shape_and_its_answers_are_classified(
    tmp_path: Path, schema: dict[str, Any], answers: Any, strict: bool
) -> None:
    written(tmp_path, schema)
    with openai_server(answers) as server:
        done = evaluate(tmp_path, endpoint=server.url)
    assert done.exit_code == 0, done.output
    shape = {"type": "json_schema", "json_schema": {"name": "triage", "schema": schema, "strict": strict}}
    assert [asked.body["response_format"] for asked in server.asked] == [shape] * 20
    assert [r.value for r in status(tmp_path).results if r.metric in ("f1", "f1.invalidRate")] == ["1", "1", "0"]


def test_fields_are_asked_for_in_the_order_of_their_names_as_in_the_cluster(tmp_path: Path) -> None:
    written(tmp_path, {**OBJECT, "properties": {"topic": ENUM, "reason": {"type": "string"}}})
    with openai_server(as_object) as server:
        evaluate(tmp_path, endpoint=server.url)
    asked = server.asked[0].body["response_format"]["json_schema"]["schema"]["properties"]
    assert list(asked) == ["reason", "topic"]


def test_a_changed_shape_is_asked_anew(tmp_path: Path) -> None:
    written(tmp_path, ENUM)
    with openai_server(as_text) as server:
        evaluate(tmp_path, endpoint=server.url)
        written(tmp_path, {**ENUM, "description": "the topic"})
        evaluate(tmp_path, endpoint=server.url)
    assert sum(server.prompts.values()) == 40


def test_a_faulty_shape_is_bad_input(tmp_path: Path) -> None:
    written(tmp_path, {"type": "text"})
    done = evaluate(tmp_path, endpoint="http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert "spec.templates[triage@3].outputSchema.type: is no JSON schema" in done.stderr


def test_the_runner_starts_without_what_checks_schemas() -> None:
    loaded = "import sys, fmops_serving.evaluate.runner; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
