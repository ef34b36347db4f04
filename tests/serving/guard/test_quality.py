"""The page on quality says what the guard does today, and what must not be found is not."""

import re
from functools import cache

import pytest

from tests.bench.guard_quality import LANGUAGES, PAGE, flagged, ours, precision, recall, with_classifier
from tests.support.guard_texts import INNOCENT, TOXIC, labelled, learned

WORD = re.compile(r"\w+")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_the_figures_of_today(language: str) -> None:
    half = [text for text in labelled() if text.language == language and text.tests]
    found = set(flagged(ours, half))
    _, _, told = PAGE.read_text("utf-8").partition(f"## {LANGUAGES[language]}\n")
    assert f"| **precision** | {precision(found, half)} |" in told
    assert f"| **recall** | {recall(found, half)} |" in told
    for kind in (*TOXIC, *INNOCENT):
        texts = [text for text in half if text.kind == kind]
        assert f"found | {sum(text in found for text in texts)} of {len(texts)} |" in told, kind


def test_a_classifier_that_read_a_few_hundred_texts_finds_most_of_what_rules_miss() -> None:
    """Not to the last digit: other processors add up in another order."""
    texts = [text for text in labelled() if text.language == "en" and text.tests]
    rules, both = set(flagged(ours, texts)), set(flagged(with_classifier(texts), texts))
    assert float(precision(both, texts)) >= 0.9
    assert float(recall(both, texts)) >= float(recall(rules, texts)) + 0.25


def test_no_text_that_tests_shares_half_its_words_with_one_that_tuned() -> None:
    texts = labelled()
    tuned = [words(text.text) for text in (*texts, *learned()) if not text.tests]
    near = [
        text.text
        for text in texts
        if text.tests and any(2 * len(words(text.text) & other) >= len(words(text.text) | other) for other in tuned)
    ]
    assert not near


@cache
def words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower()))


def test_there_are_as_many_texts_as_the_page_says() -> None:
    counts = {language: sum(text.language == language for text in labelled()) for language in LANGUAGES}
    assert counts == {"en": 1036, "de": 290, "ru": 291}
