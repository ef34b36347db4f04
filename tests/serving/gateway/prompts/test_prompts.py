"""Prompts called by name, through a whole gateway: what the engine is asked, and what the client is told."""

from typing import Any

import pytest

from fmops_serving.gateway.routes.bundle import Bundle
from tests.serving.gateway.prompts.catalogs import SCHEMA, shelf
from tests.support.gateway import COMPLETION, Call, Engine, engine, gateway, route

SUMMARISE = "/v1/prompts/support/desk/summarise"
TICKET = "/v1/chains/support/desk/ticket"
TEXT = {"model": "tiny", "variables": {"document": "a letter"}}
ASKED = {
    "model": "real",
    "messages": [{"role": "user", "content": "Summarise: a letter"}],
    "temperature": 0.0,
    "max_tokens": 64,
    "stop": ["END"],
    "seed": 7,
}


async def asked(body: Any, path: str = SUMMARISE, **fields: Any) -> tuple[Any, list[Call]]:
    """Call once; gives the answer and what the engine was asked."""
    async with engine() as real, gateway(route(real, **fields), shelf=shelf()) as running:
        return await running.ask(body, path), real.calls


CALLS: list[Any] = [
    pytest.param(TEXT, {}, ASKED, id="the version that production points to"),
    pytest.param({**TEXT, "model": "support/tiny", "version": 3}, {}, ASKED, id="a version"),
    pytest.param({**TEXT, "version": "3"}, {}, ASKED, id="a version as text"),
    pytest.param(
        {**TEXT, "label": "before"},
        {},
        {"model": "real", "messages": [{"role": "user", "content": "Shorten: a letter"}]},
        id="a label",
    ),
    pytest.param(
        {**TEXT, "temperature": 1, "max_completion_tokens": 5, "top_k": 3},
        {},
        {
            **{key: value for key, value in ASKED.items() if key != "max_tokens"},
            "temperature": 1,
            "max_completion_tokens": 5,
            "top_k": 3,
        },
        id="the client's wishes go before the template's",
    ),
    pytest.param(
        TEXT,
        {"family": "llama"},
        {**ASKED, "messages": [{"role": "user", "content": "Llama, a letter"}]},
        id="a variant for the model's family",
    ),
    pytest.param(
        {**TEXT, "variables": {"document": "{{ steps }} {% for x in y %} {{ 7 * 7 }}"}},
        {},
        {**ASKED, "messages": [{"role": "user", "content": "Summarise: {{ steps }} {% for x in y %} {{ 7 * 7 }}"}]},
        id="a value is data and no template",
    ),
]


@pytest.mark.parametrize(("body", "fields", "expected"), CALLS)
async def test_what_the_engine_is_asked(body: Any, fields: dict[str, Any], expected: Any) -> None:
    answer, calls = await asked(body, **fields)
    assert (answer.status, answer.json) == (200, COMPLETION)
    assert [(call.path, call.json) for call in calls] == [("/v1/chat/completions", expected)]


async def test_an_output_schema_is_asked_for() -> None:
    answer, (call,) = await asked(TEXT, "/v1/prompts/support/desk/topic")
    assert answer.status == 200
    shape = {"name": "topic", "schema": SCHEMA, "strict": True}
    assert call.json["response_format"] == {"type": "json_schema", "json_schema": shape}


async def test_a_completion_model_gets_the_text() -> None:
    _, (call,) = await asked(TEXT, task="Completion")
    assert (call.path, call.json["prompt"]) == ("/v1/completions", "Summarise: a letter")


REFUSED: list[Any] = [
    pytest.param({"model": "tiny"}, 400, "variables.document", "is required and has no value", id="no value"),
    pytest.param(
        {**TEXT, "variables": {"document": "x" * 41}}, 400, "variables.document", "41 characters", id="a long value"
    ),
    pytest.param(
        {**TEXT, "variables": {"document": "a", "words": "many"}}, 400, "variables.words", "a whole number", id="a text"
    ),
    pytest.param(
        {**TEXT, "variables": {"documnet": "a"}}, 400, "variables.documnet", "did you mean document?", id="a slip"
    ),
    pytest.param({**TEXT, "variables": []}, 400, "variables", "must be an object", id="variables as a list"),
    pytest.param({**TEXT, "version": 9}, 404, "version", "it has summarise@3, summarise@production", id="no version"),
    pytest.param({**TEXT, "version": "next"}, 400, "version", "a label goes into label", id="a label as version"),
    pytest.param({**TEXT, "version": 3, "label": "before"}, 400, "version", "leave one of them out", id="both"),
    pytest.param({**TEXT, "stream": [1]}, 400, "stream", "true or false", id="a stream that is a list"),
    pytest.param({**TEXT, "messages": []}, 400, "messages", "give variables", id="messages"),
    pytest.param({**TEXT, "include": ["logs"]}, 400, "include", 'takes ["steps"]', id="another thing to include"),
    pytest.param({**TEXT, "include": ["steps"], "stream": True}, 400, "include", "leave stream out", id="a stream"),
    pytest.param({**TEXT, "model": "billing/tiny"}, 403, "model", "for its models", id="a model of elsewhere"),
    pytest.param({**TEXT, "model": "none"}, 403, "model", "", id="a model that is not there"),
    pytest.param({"variables": {"document": "a"}}, 400, "model", "say which model", id="no model"),
]


@pytest.mark.parametrize(("body", "status", "param", "words"), REFUSED)
async def test_what_is_refused(body: Any, status: int, param: str, words: str) -> None:
    answer, calls = await asked(body)
    error = answer.json["error"]
    if body.get("model") == "none":
        assert answer.status in {403, 404}
    else:
        assert (answer.status, error["param"]) == (status, param)
    assert words in error["message"]
    assert not calls


PATHS: list[Any] = [
    ("/v1/prompts/support/desk/sumarise", 404, "has no template sumarise; did you mean summarise?"),
    ("/v1/prompts/support/none/summarise", 404, "there is no catalogue support/none"),
    ("/v1/chains/support/desk/summarise", 404, "has no chain summarise"),
    ("/v1/prompts/support/desk/reply", 400, "say version or label, for reply has no production: reply@1"),
    ("/v1/prompts/support/desk", 404, "nothing at this path"),
    ("/v1/prompts/support//summarise", 404, "nothing at this path"),
]


@pytest.mark.parametrize(("path", "status", "words"), PATHS)
async def test_what_is_not_there(path: str, status: int, words: str) -> None:
    answer, calls = await asked(TEXT, path)
    assert (answer.status, words in answer.json["error"]["message"], calls) == (status, True, [])


async def test_a_key_calls_the_catalogues_of_models_that_it_opens() -> None:
    other: dict[str, Any] = {"access": {"keys": [{"name": "theirs", "digest": f"sha256:{'0' * 64}"}]}}
    async with engine() as real, gateway(route(real, **other), route(real, name="mine"), shelf=shelf()) as running:
        assert (await running.ask(TEXT, SUMMARISE)).status == 403
        assert (await running.ask(TEXT, SUMMARISE, key=None)).status == 401
        assert (await running.ask(TEXT, SUMMARISE, key="wrong")).status == 401
        assert (await running.ask({**TEXT, "model": "mine"}, SUMMARISE)).status == 200
        assert len(real.calls) == 1
    async with engine() as real, gateway(route(real, namespace="billing"), shelf=shelf()) as running:
        unknown = await running.ask(TEXT, "/v1/prompts/support/none/x")
        there = await running.ask(TEXT, SUMMARISE)
        assert (there.status, there.body) == (404, unknown.body), "what there is elsewhere is not told"


def says(text: str | None) -> dict[str, Any]:
    """Make an answer."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
    return {"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}


async def finds(call: Call) -> None:
    topic = call.json["messages"][0]["content"].startswith("Topic")
    call.answer(says("{{ document }}" if topic else "done"))


def served(real: Engine) -> Any:
    """Serve two models of one engine."""
    return gateway(route(real), route(real, name="other"), shelf=shelf())


async def test_a_chain_asks_step_by_step_and_an_answer_is_data() -> None:
    async with engine(finds) as real, served(real) as running:
        answer = await running.ask(TEXT, TICKET)
        asked = [call.json["messages"][0]["content"] for call in real.calls]
    assert asked == ["Topic of: a letter", "Reply on {{ document }} to: a letter"]
    assert answer.json == says("done")


async def test_each_steps_result_on_request() -> None:
    async with engine(finds) as real, served(real) as running:
        answer = await running.ask({**TEXT, "include": ["steps"], "top_k": 1}, TICKET)
        assert [call.json["top_k"] for call in real.calls] == [1, 1]
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
    steps = [
        {"name": name, "model": model, "output": output, "finish_reason": "stop", "usage": usage}
        for name, model, output in (("find", "support/other", "{{ document }}"), ("write", "support/tiny", "done"))
    ]
    assert answer.json == {**says("done"), "steps": steps}


async def test_the_last_step_streams() -> None:
    events = [b'data: {"choices": [{"index": 0, "delta": {"content": "do"}}]}\n\n', b"data: [DONE]\n\n"]

    async def behave(call: Call) -> None:
        if not call.json.get("stream"):
            call.answer(says("bills"))
            return
        call.start()
        for event in events:
            call.event(event)
        call.end()

    async with engine(behave) as real, served(real) as running:
        answer = await running.ask({**TEXT, "stream": True}, TICKET)
        assert [call.json.get("stream") for call in real.calls] == [None, True]
    assert (answer.status, answer.body) == (200, b"".join(events))


async def test_a_step_without_an_answer_is_named() -> None:
    async def fails(call: Call) -> None:
        call.answer({"error": {"message": "too long", "code": "context_length_exceeded"}}, 400)

    async def says_nothing(call: Call) -> None:
        call.answer(says(None))

    async with engine(fails) as real, served(real) as running:
        answer = await running.ask(TEXT, TICKET)
        assert (answer.status, answer.code) == (400, "context_length_exceeded")
        assert answer.json["error"]["message"] == "step find: too long"
        real.behave = says_nothing
        assert (await running.ask(TEXT, TICKET)).code == "step_without_text"
        assert len(real.calls) == 2


async def test_rails_look_at_every_step() -> None:
    rail = {"name": "no-bills", "detector": "Regex", "pattern": "bills", "direction": "Input", "action": "Block"}

    async def bills(call: Call) -> None:
        call.answer(says("bills"))

    async with engine(bills) as real, gateway(
        route(real, guardrails=[rail]), route(real, name="other"), shelf=shelf()
    ) as running:  # fmt: skip
        answer = await running.ask(TEXT, TICKET)
        assert (answer.status, answer.code) == (400, "content_filter")
        assert len(real.calls) == 1, "the answer of the first step is the second one's request"


async def test_a_catalogue_that_cannot_be_read_leaves_the_one_before() -> None:
    made = shelf()
    made.replace([Bundle("support", "desk", "sha256:other", b'{"templates": 7}', 2)])
    async with engine() as real, gateway(route(real), shelf=made) as running:
        assert (await running.ask(TEXT, SUMMARISE)).status == 200
        made.replace([])
        assert (await running.ask(TEXT, SUMMARISE)).status == 404


RESPONSES = "/v1/responses"
PROMPT = {"id": "support/desk/topic", "version": "1", "variables": {"document": {"type": "input_text", "text": "a"}}}


async def test_openais_prompt_on_responses() -> None:
    answer, (call,) = await asked({"model": "tiny", "prompt": PROMPT, "input": "and this", "store": False}, RESPONSES)
    assert answer.status == 200
    assert (call.path, call.json) == (
        RESPONSES,
        {
            "model": "real",
            "store": False,
            "temperature": 0.5,
            "max_output_tokens": 8,
            "input": [{"role": "user", "content": "Topic of: a"}, {"role": "user", "content": "and this"}],
            "text": {"format": {"type": "json_schema", "name": "topic", "schema": SCHEMA, "strict": True}},
        },
    )


async def test_a_providers_own_prompt_passes_on() -> None:
    body = {"model": "tiny", "prompt": {"id": "pmpt_123"}}
    _, (call,) = await asked(body, RESPONSES)
    assert call.json == {**body, "model": "real"}


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        pytest.param({"variables": {}}, 400, "prompt.variables.document", id="no value"),
        pytest.param({"version": "7"}, 404, "prompt.version", id="no version"),
        pytest.param({"id": "billing/desk/topic"}, 403, "prompt.id", id="a catalogue of elsewhere"),
        pytest.param({"id": "support/desk/summarise"}, 404, "prompt.version", id="a template without that version"),
        pytest.param({"id": "support/desk/summarise", "version": "3"}, 400, "prompt", id="wishes without a word there"),
        pytest.param(
            {"variables": {"document": {"type": "input_image"}}}, 400, "prompt.variables.document", id="image"
        ),
        pytest.param({"label": "x"}, 400, "prompt.label", id="an unknown field"),
    ],
)
async def test_what_is_refused_of_openais_prompt(changes: dict[str, Any], status: int, param: str) -> None:
    answer, calls = await asked({"model": "tiny", "prompt": {**PROMPT, **changes}}, RESPONSES)
    assert (answer.status, answer.json["error"]["param"], calls) == (status, param, [])
