"""Which interval a figure gets, with repeats and clusters, and when it is marked as weak."""

import pytest

from fmops_serving.evaluate.intervals import wilson, wilson_of_share
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.flips import Flips
from fmops_serving.evaluate.score.part import JointPart, MeanPart
from fmops_serving.evaluate.score.sample import Sample

SHARE = MeanPart("exact", "exactmatch", float)
SCORE = MeanPart("rouge", "rouge", float, share=False)


def figure(part: MeanPart, sample: Sample, asked: int | None = None) -> Figure:
    (found,) = figures_of(part, sample, sample.examples if asked is None else asked)
    return found


def of(*values: float, cluster: str | None = None) -> Sample:
    sample = Sample()
    for number, value in enumerate(values):
        sample.add(f"e{number}", cluster, value)
    return sample


def test_answers_that_stand_alone_have_wilsons_interval() -> None:
    found = figure(SHARE, of(*[1.0] * 30, *[0.0] * 10), asked=42)
    assert (found.value, found.n, found.unscored, found.signature) == (0.75, 40, 2, "exactmatch|wilson|v1")
    assert found.bounds(0.9) == wilson(30, 40, 0.9)


def test_scores_that_are_no_shares_have_students() -> None:
    found = figure(SCORE, of(0.2, 0.4, 0.9))
    assert found.signature == "rouge|t|v1"
    assert found.value == pytest.approx(0.5)
    low, high = found.bounds(0.95)
    assert low is not None
    assert high is not None
    assert low < 0
    assert high > 1  # three values say next to nothing, and t does not hide it


def test_repeats_are_averaged_within_an_example_first() -> None:
    sample = Sample(repeated=True)
    for example, values in {"a": [1.0, 1.0, 1.0, 1.0], "b": [0.0]}.items():
        for value in values:
            sample.add(example, None, value)
    found = figure(SHARE, sample)
    assert (found.value, found.n) == (0.5, 2)
    assert found.signature == "exactmatch|wilson|v1"


def test_repeats_do_not_pass_for_more_examples() -> None:
    once, often = Sample(), Sample(repeated=True)
    for number in range(100):
        value = float(number % 4 != 0)
        once.add(f"e{number}", None, value)
        for _ in range(5):
            often.add(f"e{number}", None, value)
    assert figure(SHARE, once).bounds(0.95) == figure(SHARE, often).bounds(0.95)


def test_clusters_widen_the_interval_and_the_signature_says_so() -> None:
    clustered = Sample()
    for number in range(100):
        clustered.add(f"e{number}", f"document-{number // 10}", float(number // 10 < 7))
    found = figure(SHARE, clustered)
    assert (found.value, found.n, found.signature) == (0.7, 100, "exactmatch|wilson:effective:clustered|v1")
    low, high = found.bounds(0.95)
    narrow = wilson(70, 100, 0.95)
    assert low is not None
    assert high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert high - low > 2 * (narrow.high - narrow.low)


@pytest.mark.parametrize(
    ("sample", "low_power"),
    [
        pytest.param(of(*[1.0] * 29), True, id="29 examples are few"),
        pytest.param(of(*[1.0] * 30), False, id="30 are not"),
        pytest.param(of(*[1.0] * 300, cluster="one"), True, id="300 of one document are few"),
    ],
)
def test_few_independent_examples_are_marked(sample: Sample, *, low_power: bool) -> None:
    assert figure(SHARE, sample).low_power is low_power


def test_a_joint_figure_of_one_cluster_knows_that_it_knows_little() -> None:
    sample = of(*[1.0] * 50, cluster="one")
    part = JointPart(["f"], ["f"], lambda seen: [max(seen)], lambda seen: [sum(seen.values())])
    (found,) = figures_of(part, sample, 50)
    assert (found.value, found.signature) == (1.0, "f|bootstrap:1000:7:clustered|v1")
    assert found.bounds(0.95) == wilson(1, 1, 0.95)


def test_a_bootstrap_of_the_same_again_and_again_is_no_certainty() -> None:
    sample = Sample()
    for number in range(60):
        sample.add(f"e{number}", f"c{number // 20}", float(number % 2))
    part = JointPart(["f"], ["f"], lambda seen: [seen[1.0] / sum(seen.values())], lambda seen: [sum(seen.values())])
    (found,) = figures_of(part, sample, 60)
    assert found.bounds(0.95) == wilson_of_share(0.5, 3, 0.95)


def test_flips_are_the_examples_that_the_same_model_scores_otherwise() -> None:
    flips = Flips("exact", repeats=1)
    for example, first, second in (("a", 1.0, 1.0), ("b", 1.0, 0.0), ("c", 0.0, 1.0), ("d", 0.0, 0.0)):
        flips.add(example, 0, None, first)
        flips.add(example, 1, None, second)
    flips.add("e", 0, None, 1.0)
    (found,) = flips.figures(asked=5)
    assert (found.name, found.value, found.n, found.unscored) == ("exact.flipRate", 0.5, 4, 1)
