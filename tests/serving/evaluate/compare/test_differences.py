"""Differences from the baseline: which examples count, and how they are bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_api.metric import Metric
from fmops_serving.evaluate.compare.differences import differences_of
from fmops_serving.evaluate.compare.pairs import Pair, by_example, pairs_of
from fmops_serving.evaluate.intervals_paired import paired_shares
from fmops_serving.evaluate.score.classification import Classification
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.part import MeanPart, Part
from fmops_serving.evaluate.scores import Scored

EXACT = MeanPart("exact", "exactmatch", float)
CLASSES = Classification(Metric(name="f1", type="Classification"), frozenset({"a", "b"}))
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
