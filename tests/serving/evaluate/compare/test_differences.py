"""Differences from the baseline: which examples count, and how they are bounded."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.evaluate.compare.differences import differences_of
from fmops_serving.evaluate.compare.pairs import Pair, by_example, pairs_of
from fmops_serving.evaluate.intervals_paired import paired_shares
from fmops_serving.evaluate.score.classification import classification
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.metrics import scorer_of
from fmops_serving.evaluate.score.part import MeanPart, Part
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.scores import Scored, line_of
from tests.serving.evaluate.score.measuring import metric, reply

EXACT = MeanPart("exact", "exactmatch", float)
CLASSES = classification(metric("Classification", name="f1"), frozenset({"a", "b"}))
CELLS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["a", "b", None]), st.sampled_from(["a", "b", None])),
    min_size=1,
    max_size=40,
)


def scored(example: str, value: float | None, repeat: int = 0, cluster: str | None = None) -> Scored:
    return Scored(example, repeat, cluster, {"exact": value})


def difference(own: list[Scored], theirs: list[Scored], repeats: int = 1, asked: int | None = None) -> Figure:
    pairs = list(pairs_of("exact", by_example(own, repeats), by_example(theirs, repeats)))
    (found,) = differences_of(EXACT, pairs, len(pairs) if asked is None else asked)
    return found


def test_only_examples_that_both_scored_count_and_the_others_are_unscored() -> None:
    own = [scored("a", 1.0), scored("b", 1.0), scored("c", None), scored("d", 1.0)]
    theirs = [scored("a", 0.0), scored("b", None), scored("c", 1.0), scored("e", 0.0)]
    found = difference(own, theirs, asked=5)
    assert (found.value, found.n, found.unscored) == (1.0, 1, 4)


def test_nothing_in_common_is_no_difference_and_no_zero() -> None:
    found = difference([scored("a", 1.0)], [scored("b", 1.0)], asked=2)
    assert (found.value, found.n, found.unscored, found.bounds(0.95)) == (None, 0, 2, (None, None))


def test_right_or_wrong_is_bounded_by_wins_and_losses() -> None:
    own = [scored(f"e{n}", float(n < 90)) for n in range(100)]
    theirs = [scored(f"e{n}", float(n >= 5)) for n in range(100)]
    found = difference(own, theirs)
    assert found.value == pytest.approx(-0.05)
    assert found.signature == "exactmatch|paired|bonettprice|v1"
    assert found.bounds(0.95) == paired_shares(5, 10, 100, 0.95)


def test_what_goes_together_is_told_more_sharply_than_by_two_intervals() -> None:
    """Two models that fail on the same hard examples: pairs see the small difference."""
    own = [scored(f"e{n}", float(n % 2 == 0 or n < 20)) for n in range(200)]
    theirs = [scored(f"e{n}", float(n % 2 == 0)) for n in range(200)]
    low, _ = difference(own, theirs).bounds(0.95)
    assert low is not None
    assert low > 0


def test_repeats_are_averaged_first_and_a_null_control_is_left_out() -> None:
    own = [scored("a", 1.0, 0), scored("a", 0.0, 1), scored("b", 1.0, 0), scored("b", 1.0, 1)]
    theirs = [*(scored(name, 0.0, repeat) for name in "ab" for repeat in (0, 1)), scored("a", 1.0, 2)]
    found = difference(own, theirs, repeats=2)
    assert (found.value, found.n) == (0.75, 2)
    assert found.signature == "exactmatch|paired|t|v1"


def test_clusters_are_pairs_that_belong_together() -> None:
    own = [scored(f"e{n}", float(n // 10 != 3), cluster=f"c{n // 10}") for n in range(100)]
    theirs = [scored(f"e{n}", 1.0, cluster=f"c{n // 10}") for n in range(100)]
    found = difference(own, theirs)
    assert (found.value, found.units) == (-0.1, 10)
    assert found.signature == "exactmatch|paired|t:clustered|v1"
    low, high = found.bounds(0.95)
    assert low is not None
    assert high is not None
    assert low < -0.2 < 0 < high
    assert found.low_power


def figures(part: Part, pairs: list[Pair]) -> dict[str, Figure]:
    return {found.name: found for found in differences_of(part, pairs, len(pairs))}


@settings(max_examples=40)  # each draws four thousand samples
@given(CELLS)
def test_f1_of_pairs_is_the_difference_of_two_f1s(cells: list[tuple[str, str | None, str | None]]) -> None:
    pairs = [Pair(f"e{n}", None, ((gold, own),), ((gold, their),)) for n, (gold, own, their) in enumerate(cells)]
    turned = [Pair(pair.example, None, pair.theirs, pair.own) for pair in pairs]
    there, back = figures(CLASSES.parts[0], pairs)["f1"], figures(CLASSES.parts[0], turned)["f1"]
    assert there.value == pytest.approx(-back.value)  # type: ignore[operator]
    low, high = there.bounds(0.95)
    assert low is not None
    assert high is not None
    assert -1 <= low <= high <= 1


def test_the_same_answers_are_no_proof_of_no_difference() -> None:
    pairs = [Pair(f"e{n}", None, (("a", "a"),), (("a", "a"),)) for n in range(50)]
    found = figures(CLASSES.parts[0], pairs)["f1"]
    assert (found.value, found.bounds(0.95)) == (0.0, paired_shares(0, 0, 50, 0.95))
    assert found.signature.endswith("|paired|bootstrap:1000:7|v1")


RIGHT, WRONG = "the cat sat on the mat", "a dog ran off"
NEW = [
    ("Bleu", 100.0),
    ("Chrf", 100.0),
    ("WordErrorRate", 1.0),
    ("Rouge", 1.0),
    ("TokenF1", 1.0),
    ("Refusal", 1.0),
    ("Toxicity", 1.0),
]


def seen(scorer: Scorer, text: str) -> Any:
    """What is kept of an answer in scores.jsonl, as the comparison reads it."""
    found = reply(text, RIGHT)
    assert found is not None
    line = line_of(("s/a", 0), None, {"m": scorer.observe(found)})
    return tuple(read) if isinstance(read := orjson.loads(line)["scores"]["m"], list) else read


@pytest.mark.parametrize(("kind", "most"), NEW, ids=[row[0] for row in NEW])
def test_every_metric_is_compared_on_its_own_scale(kind: str, most: float) -> None:
    scorer = scorer_of(metric(kind))
    right, wrong = seen(scorer, RIGHT), seen(scorer, WRONG)
    pairs = [Pair(f"e{n}", None, (right,), (wrong if n % 2 else right,)) for n in range(40)]
    for part in scorer.parts:
        (found,) = differences_of(part, pairs, 41)
        low, high = found.bounds(0.95)
        assert found.value is not None
        assert low is not None
        assert high is not None
        assert low <= found.value <= high
        assert (found.n, found.unscored, found.units) == (40, 1, 40)
        assert "|paired|" in found.signature
        assert -most <= low <= high <= most


@pytest.mark.parametrize(("kind", "most"), [("Bleu", 100.0), ("Chrf", 100.0), ("WordErrorRate", 1.0)])
def test_five_equal_answers_are_no_proof_that_a_corpus_figure_is_the_same(kind: str, most: float) -> None:
    scorer = scorer_of(metric(kind))
    answer = seen(scorer, RIGHT)
    (part,) = scorer.parts
    (found,) = differences_of(part, [Pair(f"e{n}", None, (answer,), (answer,)) for n in range(5)], 5)
    low, high = found.bounds(0.95)
    assert found.value == 0
    assert (low or 0) < -most / 10
    assert (high or 0) > most / 10


def test_a_corpus_difference_is_that_of_the_two_corpora() -> None:
    scorer = scorer_of(metric("WordErrorRate"))
    (part,) = scorer.parts
    pairs = [Pair("a", None, ((1, 2),), ((0, 2),)), Pair("b", None, ((0, 8),), ((6, 8),))]
    (found,) = differences_of(part, pairs, 2)
    assert found.value == pytest.approx(1 / 10 - 6 / 10)


def test_a_difference_of_lengths_may_be_any_number() -> None:
    scorer = scorer_of(metric("Length", unit="Words"))
    pairs = [Pair(f"e{n}", None, (50 + n,), (20 + n,)) for n in range(40)]
    found = {each.name: each for part in scorer.parts for each in differences_of(part, pairs, 40)}
    assert {name: each.value for name, each in found.items()} == {"m": 30, "m.p50": 30, "m.p95": 30}
    assert found["m"].signature == "length|words|v1|paired|t|v1"


def test_a_quantile_that_never_differs_has_no_bound() -> None:
    """Nothing says how far a length that is no share may be off."""
    _, median, _ = scorer_of(metric("Length", unit="Words")).parts
    (found,) = differences_of(median, [Pair(f"e{n}", None, (5,), (5,)) for n in range(40)], 40)
    assert (found.value, found.bounds(0.95)) == (0, (None, None))
