"""Exact match: what counts as equal."""

import pytest

from fmops_api.metrictype import Normalize
from tests.serving.evaluate.score.measuring import figures, metric, reply, value

MATCHES = [
    ("the same text", None, "Paris", ["Paris"], 1.0),
    ("outer white space counts without normalisation", None, "Paris\n", ["Paris"], 0.0),
    ("Strip takes outer white space", Normalize.STRIP, " Paris\n", ["Paris"], 1.0),
    ("Strip keeps case", Normalize.STRIP, "paris", ["Paris"], 0.0),
    ("Squad ignores case, articles, signs and spaces", Normalize.SQUAD, "The  city of PARIS!", ["city of Paris"], 1.0),
    ("Squad removes punctuation before articles, as the official script", Normalize.SQUAD, "A-B", ["ab"], 1.0),
    ("Squad keeps words that begin like an article", Normalize.SQUAD, "theatre", ["theatre"], 1.0),
    ("Squad does not make different words equal", Normalize.SQUAD, "theatre", ["atre"], 0.0),
    ("the best of several references counts", Normalize.STRIP, "Rome", ["Paris", "Rome"], 1.0),
    ("an empty answer is an answer", None, "", ["Paris"], 0.0),
    ("an empty reference is one", None, "", [""], 1.0),
    ("the same reference twice counts once", None, "Rome", ["Rome", "Rome"], 1.0),
    ("Words ignores case, signs and spaces of any script", Normalize.WORDS, "«ПРИВЕТ»,  мир!", ["привет мир"], 1.0),
    ("Words keeps articles", Normalize.WORDS, "the end", ["end"], 0.0),
    ("Words takes composed and decomposed accents alike", Normalize.WORDS, "cafe\u0301", ["caf\u00e9"], 1.0),
    ("Words tells accented words from plain ones", Normalize.WORDS, "cafe", ["café"], 0.0),
    ("Squad knows English articles only", Normalize.SQUAD, "der Hund", ["Hund"], 0.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "output", "references", "wanted"), [m[1:] for m in MATCHES], ids=[m[0] for m in MATCHES]
)
def test_exact_match(how: Normalize | None, output: str, references: list[str], wanted: float) -> None:
    figure = figures(metric("ExactMatch", normalize=how), [reply(output, *references)])["m"]
    assert (figure.value, figure.n, figure.unscored) == (wanted, 1, 0)


ARTICLES = [
    ("de", "Der Hund des Nachbarn.", "Hund Nachbarn"),
    ("en", "The dog of a neighbour", "dog of neighbour"),
    ("en-GB", "the dog", "dog"),
    ("es", "El perro", "perro"),
    ("fr", "L’arbre du voisin", "arbre du voisin"),
    ("fr", "l'arbre", "arbre"),
    ("ar", "الكتاب", "كتاب"),
    ("ru", "Привет, МИР", "привет мир"),
    ("zh", "巴黎。", "巴黎"),
]


@pytest.mark.parametrize(("language", "answer", "reference"), ARTICLES)
def test_multilingual_knows_the_articles_of_the_set_s_language(language: str, answer: str, reference: str) -> None:
    assert value("ExactMatch", reply(answer, reference, language=language), normalize="Multilingual") == 1.0


def test_multilingual_takes_no_articles_where_no_language_is_known() -> None:
    assert value("ExactMatch", reply("the end", "end"), normalize="Multilingual") == 0.0


def test_the_label_stands_in_where_there_are_no_references() -> None:
    assert value("ExactMatch", reply("refund", label="refund")) == 1.0


def test_no_answer_and_nothing_to_compare_with_are_unscored_and_never_a_miss() -> None:
    figure = figures(metric("ExactMatch"), [reply("x", "x"), reply(None, "x"), reply("x")])["m"]
    assert (figure.value, figure.n, figure.unscored) == (1.0, 1, 2)


def test_nothing_scored_is_no_value() -> None:
    figure = figures(metric("ExactMatch"), [])["m"]
    assert (figure.value, figure.n, figure.bounds(0.95)) == (None, 0, (None, None))
