"""The published document: whole, true to the paths that are answered, and to what the gateway says."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fmops_serving.gateway.kind import KINDS
from fmops_serving.gateway.openapi.document import document
from tests.serving.gateway.prompts.catalogs import shelf
from tests.support.gateway import engine, gateway, route

DOCUMENT = document()


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Judge by a schema of the document."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_every_path_is_described_and_every_schema_is_one() -> None:
    assert set(KINDS) <= set(DOCUMENT["paths"])
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert f"#/components/schemas/{name}" in set(references(DOCUMENT)), "nothing stands there unused"
    there = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= there
    operations = [each for path in DOCUMENT["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
async def test_answers_and_refusals_are_as_described(path: str) -> None:
    (method, operation), *_ = DOCUMENT["paths"][path].items()
    concrete = path.format(namespace="support", catalog="desk", name="none")
    async with engine() as real, gateway(route(real), shelf=shelf()) as running:
        if method == "get":
            raw = f"GET {concrete} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer sk-test\r\n\r\n"
            answers = [await running.send(raw.encode())]
        else:
            bodies: list[Any] = [b"", b"[]", {}, {"model": 7}, {"model": "none"}, {"model": "tiny"}]
            answers = [await running.ask(body, concrete) for body in bodies]
            answers.append(await running.ask({"model": "tiny"}, concrete, key=None))
    for answer in answers:
        described = operation["responses"][str(answer.status)]["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in described
        if kind == "application/json":
            assert not list(validator(described[kind].get("schema", {})).iter_errors(answer.json))


async def test_it_is_published_without_a_key() -> None:
    async with engine() as real, gateway(route(real)) as running:
        answer = await running.send(b"GET /openapi.json HTTP/1.1\r\nhost: g\r\n\r\n")
    assert (answer.status, answer.json) == (200, DOCUMENT)
