"""A look says what a search would, and a pattern that is too large for it is refused."""

import pytest
import re2

from fmops_serving.guard.look import Look, Looks
from fmops_serving.guard.stems import ANYWHERE, has_stem
from tests.support.guard_texts import labelled


def test_a_look_says_what_a_search_would() -> None:
    pattern = re2.compile(ANYWHERE)
    texts = [text.text.lower() for text in labelled()]
    assert [has_stem(text) for text in texts] == [pattern.search(text) is not None for text in texts]
    assert any(map(has_stem, texts))


def test_a_pattern_that_does_not_find_its_example_is_refused() -> None:
    with pytest.raises(ValueError, match="does not find 'b'"):
        Look("a", "b")
    with pytest.raises(ValueError, match="does not find 'b'"):
        Looks(["a", "c"], "b")


def test_looks_say_which_patterns_are_in_a_text() -> None:
    looks = Looks(["a+", "b", r"\d{2}"], "a")
    assert [sorted(looks(text)) for text in ("xaay12", "bé", "1", "")] == [[0, 2], [1], [], []]
