"""Log lines: one JSON object each, or one plain line, with the object that is being looked at."""

import json
import logging

import pytest

from fmops_operator.logs import JsonLines, PlainLines, WithObject, configure, looking_at
from fmops_operator.manifest import Key


def record(message: str, *args: object) -> logging.LogRecord:
    made = logging.LogRecord("fmops_operator.x", logging.WARNING, __file__, 1, message, args, None)
    WithObject().filter(made)
    return made


def test_a_json_line_names_time_level_logger_message_and_object() -> None:
    token = looking_at.set(Key("FoundationModel", "n", "m"))
    line = JsonLines().format(record("cannot\nfinish: %s", "Grüße"))
    looking_at.reset(token)
    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed.pop("ts").endswith("+00:00")
    assert parsed == {
        "level": "warning",
        "logger": "fmops_operator.x",
        "msg": "cannot\nfinish: Grüße",
        "kind": "FoundationModel",
        "namespace": "n",
        "name": "m",
    }


def test_without_an_object_a_line_names_none() -> None:
    assert set(json.loads(JsonLines().format(record("hello")))) == {"ts", "level", "logger", "msg"}


def test_a_plain_line_is_for_people() -> None:
    token = looking_at.set(Key("FoundationModel", "n", "m"))
    line = PlainLines().format(record("hello"))
    looking_at.reset(token)
    assert line.endswith(" WARNING FoundationModel n/m: hello")


def test_a_fault_of_ours_keeps_its_trace_in_one_line_of_json() -> None:
    try:
        int("inside")
    except ValueError as error:
        made = record("a fault")
        made.exc_info = (type(error), error, error.__traceback__)
    line = JsonLines().format(made)
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["trace"]


def test_the_chatter_of_libraries_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure("json", "DEBUG")
        logging.getLogger("kopf.x").warning("chatter")
        logging.getLogger("fmops_operator.x").debug("ours")
        said = [json.loads(line)["msg"] for line in capsys.readouterr().err.splitlines()]
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert said == ["ours"]
