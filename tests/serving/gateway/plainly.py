"""What native code reads of JSON, compared with what Python reads; and JSON that is written in any way there is."""

import json
from random import Random
from typing import Any

import orjson
from hypothesis import strategies as st

from fmops_serving.gateway.plain import read_answer, read_request
from fmops_serving.gateway.tokens import tokens_of_answer
from fmops_serving.guard.openai.jsontext import read_json
from fmops_serving.guard.openai.places import Text
from fmops_serving.guard.openai.request import is_in_parts, joined_texts, texts_of_request

_BLANKS = ["", "", "", " ", "\n", "\t\r\n "]
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "/": "\\/"}


def reads_request(body: bytes) -> bool:
    """Say whether a request is read; as Python reads it, then."""
    request = read_request(body)
    if request is None:
        return False
    parsed = orjson.loads(body)
    assert isinstance(parsed, dict)
    assert request.model == parsed["model"] != ""
    assert request.stream is (parsed.get("stream") is True)
    renamed = request.renamed(b'"a\\nb"')
    assert orjson.loads(renamed) == {**parsed, "model": "a\nb"}
    written = b'"%b"' % request.model.encode()
    places = [place for place in range(len(body)) if body.startswith(written, place)]
    assert renamed in {body[:place] + b'"a\\nb"' + body[place + len(written) :] for place in places}
    return True


def reads_answer(body: bytes) -> bool:
    """Say whether an answer is read, likewise."""
    answer = read_answer(body)
    if answer is None:
        return False
    parsed = orjson.loads(body)
    assert isinstance(parsed, dict)
    expected = tokens_of_answer(read_json(body))
    assert list(answer.tokens.items()) == list(expected.items())
    assert all(type(count) is int for count in answer.tokens.values())
    return True


def asked(parsed: dict[str, Any]) -> list[Text]:
    """Give all texts of a request that rails look at. Raises Unreadable."""
    found = texts_of_request(parsed)
    return [*found, *(joined_texts(parsed) if is_in_parts(found) else ())]


def written(value: Any, random: Random, *, twice: bool = False) -> str:
    """Write a value with blanks and escapes anywhere; some names come `twice`."""
    before, after = random.choice(_BLANKS), random.choice(_BLANKS)
    if isinstance(value, dict):
        entries = list(value.items())
        if twice and entries and random.random() < 0.2:
            entries.insert(
                random.randint(0, len(entries)), (random.choice(entries)[0], random.choice([None, True, "m", 1]))
            )
        fields = (f"{written(name, random)}:{written(each, random, twice=twice)}" for name, each in entries)
        return f"{before}{{{','.join(fields)}}}{after}"
    if isinstance(value, list):
        return f"{before}[{','.join(written(each, random, twice=twice) for each in value)}]{after}"
    if isinstance(value, str) and random.random() < 0.5:
        often = random.choice([0.0, 0.1, 1.0])
        said = "".join(_character(each, random, often) for each in value)
        return f'{before}"{said}"{after}'
    return f"{before}{json.dumps(value, ensure_ascii=random.random() < 0.2)}{after}"


def _character(said: str, random: Random, often: float) -> str:
    """Write a character, by its code as `often` as that."""
    if random.random() < often or "\ud800" <= said <= "\udfff":
        codes = said.encode("utf-16-be", "surrogatepass")
        form = random.choice(["\\u%04x", "\\u%04X"])
        return "".join(form % int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2))
    if said in _SHORT and (said != "/" or random.random() < 0.5):
        return _SHORT[said]
    return said if said >= " " else f"\\u{ord(said):04x}"


def texts(values: st.SearchStrategy[Any], *, twice: bool = False) -> st.SearchStrategy[bytes]:
    """Draw values and write them."""
    seeds = st.integers(0, 2**32).map(Random)
    return st.builds(lambda value, random: written(value, random, twice=twice), values, seeds).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    )
