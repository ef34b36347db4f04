"""The last step stands on the layer that tells most, and is one although two were learned. Its report counts right."""

import numpy as np
import pytest

from fmops_serving.training.head import CHOOSING, STRENGTHS, learned, steps
from fmops_serving.training.labelled import Labelled
from fmops_serving.training.report import Rate, lines, rate

KINDS = (("threat", True), ("insult", True), ("clean", False))
TEXTS = [Labelled(f"{kind} {number}", toxic, kind) for kind, toxic in KINDS for number in range(4)]
SAID = np.array([0.9, 0.8, 0.6, 0.1, 0.5, 0.45, 0.7, 0.95, 0.2, 0.85, 0.1, 0.3])


def test_the_layer_that_tells_most_is_chosen() -> None:
    random = np.random.default_rng(3)
    toxic = np.arange(200) % 2 == 0
    noise = random.normal(5, 2, (200, 8)).astype(np.float32)
    telling = noise.copy()
    telling[:, 2] += np.where(toxic, 4, -4)
    tried: list[int] = []
    head = learned([noise, telling, noise], toxic, tried.append)
    assert head.layer == 2
    assert head.strength in STRENGTHS
    assert sum(tried) == steps(3)
    assert ((head.said >= 0.5) == toxic).mean() > 0.9
    logits = telling @ head.linear.weight[:, 0] + head.linear.bias[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), head.says, rtol=1e-3)


def test_of_many_texts_a_sample_chooses_and_all_are_learned_from() -> None:
    random = np.random.default_rng(5)
    toxic = random.random(CHOOSING + 500) < 0.2
    telling = np.where(toxic, 1, -1)[:, None] + random.normal(0, 1, (len(toxic), 3)).astype(np.float32)
    head = learned([np.asarray(telling, np.float32)], toxic, lambda _: None)
    assert head.said.shape == head.says.shape == toxic.shape
    assert ((head.said > 0.5) == toxic).mean() > 0.9


def test_what_nothing_tells_is_not_told_by_cross_validation() -> None:
    random = np.random.default_rng(4)
    head = learned([random.normal(0, 1, (100, 40)).astype(np.float32)], np.arange(100) % 2 == 0, lambda _: None)
    assert abs(((head.said >= 0.5) == (np.arange(100) % 2 == 0)).mean() - 0.5) < 0.2


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.5, Rate(5 / 6, 5 / 8)), (0.9, Rate(1, 1 / 8)), (0.99, Rate(1, 0)), (0.0, Rate(8 / 12, 1))],
)
def test_precision_and_recall_at_a_threshold(threshold: float, expected: Rate) -> None:
    assert rate(TEXTS, SAID, threshold) == pytest.approx(expected)


def test_the_report_has_thresholds_and_classes() -> None:
    found = list(lines(TEXTS, SAID))
    assert "| 0.5 | 0.83 | 0.62 |" in found
    assert found[-3:] == [
        "| threat, found | 3 of 4 |",
        "| insult, found | 2 of 4 |",
        "| clean, wrongly found | 1 of 4 |",
    ]
    unnamed = [each._replace(kind="") for each in TEXTS]
    assert not any("found" in line for line in lines(unnamed, SAID)), "two classes are what recall and precision say"
