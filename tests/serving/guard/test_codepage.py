"""What tables of bytes write is what is written character by character."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard import folding, layout, linear
from fmops_serving.guard.codepage import Becoming
from tests.support.guard_texts import labelled

PAGES = [bytes(range(256)).decode(page, "ignore") for page in ("latin-1", "cp1251", "cp1252")]
TEXTS = [*"".join(PAGES), *(text.text for text in labelled() if text.language != "en")]


def folded(text: str) -> str:
    return "".join(map(folding._folded_character, text))


def units(text: str) -> list[str]:
    return ["." if unit in ".?!;:\n" else unit for unit in layout._UNIT.findall(text)]


def same(text: str) -> None:
    assert folding.fold(text) == folded(text), text
    assert layout.units_of(text) == units(text), text
    words = [word for word in linear.words_of(text) if len(word) > 1]
    assert words == linear._WORD.findall(text.lower()), text


@pytest.mark.parametrize("around", ["{}", "ä{}ß", "ы{}й", "Ж{} „{}“"])
def test_any_character_of_a_page_among_others(around: str) -> None:
    for text in TEXTS:
        same(around.replace("{}", text))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PAGES).flatmap(lambda page: st.text(alphabet=page, max_size=30)))
def test_any_text_of_a_page(text: str) -> None:
    same(text)


def test_what_no_page_has_is_left_to_others() -> None:
    lower = Becoming(str.lower)
    assert lower("ÄÖ") == "äö"
    assert lower("ЁЖ") == "ёж"
    assert lower("Ä “b”") == "ä “b”"
    assert lower("ÄЖ") is None


def test_what_becomes_something_that_no_page_has_is_left_to_others() -> None:
    assert folding._folded_by_page("¼ ß") is None
