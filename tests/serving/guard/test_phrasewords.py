"""Which words a phrase cannot do without."""

from random import Random

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard.folding import fold
from fmops_serving.guard.layout import Layout, units_of
from fmops_serving.guard.phraserules import phrase_rules
from fmops_serving.guard.phrases import listed, pattern_in_ascii, phrases
from fmops_serving.guard.phrasewords import needed_words, words_needed
from tests.support.guard_texts import labelled

NEEDED = [
    ("the longest", "drop dead already", {"already"}),
    ("one that is not in every text", "the cat", {"cat"}),
    ("of alternatives one each", "(?:drown|kill|shoot) you", {"drown", "kill", "shoot"}),
    ("with each of its endings", "(?:idiot|fool)s?", {"idiot", "idiots", "fool", "fools"}),
    ("with and without a letter", "a favou?r", {"favor", "favour"}),
    ("none that may be missing", "you( dreadful| awful){0,2} (?:cow|pig)", {"cow", "pig"}),
    ("none that goes on", "ratte[a-z]+ (?:beware)?cow", {"cow", "bewarecow"}),
    ("beside any word", "worthless(?: [a-z]+){0,3} [a-z]+", {"worthless"}),
    ("in groups with any word", "(?:dance [a-z]+|grave(?: [a-z]+)?)", {"dance", "grave"}),
    ("before an end", "(?:^|[.] )drown(?: [.]|$)", {"drown"}),
    ("after a space that may be missing", "brain ?dead", {"braindead", "brain"}),
]


@pytest.mark.parametrize(("pattern", "words"), [row[1:] for row in NEEDED], ids=[row[0] for row in NEEDED])
def test_a_phrase_has_one_of_these_words(pattern: str, words: set[str]) -> None:
    assert words_needed(pattern.replace("(", "(?:").replace("(?:?:", "(?:")) == words


@pytest.mark.parametrize("pattern", ["(?:cow)?", "[a-z]+ [a-z]{4}", "cow|[a-z]+", "[a-z]+cow", "(?:cow|pig){1,2}"])
def test_a_phrase_that_may_be_of_any_words_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="has no word that is always there"):
        words_needed(pattern)


def test_the_pattern_of_lines_of_ascii_finds_in_them_what_that_of_any_line_finds() -> None:
    pattern, words = re2.compile(pattern_in_ascii()), sorted(filter(str.isascii, phrase_rules().words))
    random = Random(9)
    lines = [Layout(fold(text.text)).line for text in labelled()]
    lines += [" ".join(random.choices(words, k=random.randint(1, 400))) for _ in range(2000)]
    found = [(line, listed()(line)) for line in lines if line.isascii()]
    assert 300 < sum(any_found for _, any_found in found) < len(found) - 300
    assert [line for line, any_found in found if any_found != (pattern.search(line) is not None)] == []


def test_every_phrase_in_a_labelled_text_has_one() -> None:
    layouts = [Layout(fold(text.text)) for text in labelled()]
    found = [layout for layout in layouts if phrases(layout.line, layout.units)]
    assert len(found) > 300
    assert [layout.line for layout in found if needed_words().isdisjoint(layout.units)] == []


def test_whatever_a_rule_finds_has_one() -> None:
    patterns = [each for kind in phrase_rules().patterns.values() for each in kind]
    choices = st.sampled_from(patterns).flatmap(lambda pattern: st.from_regex(pattern, fullmatch=True))

    @settings(max_examples=80, deadline=None)
    @given(choices)
    def holds(phrase: str) -> None:
        assert not needed_words().isdisjoint(units_of(phrase))

    holds()
