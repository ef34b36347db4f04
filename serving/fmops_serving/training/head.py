"""Learns the last step of a classifier, a logistic regression, and chooses by cross-validation what it stands on."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from fmops_serving.training.encoder import Floats, Linear

FOLDS = 5
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""C of the regression: the smaller, the more it is held back (scikit-learn's LogisticRegression)."""
_ROUNDS = 5000
Labels = npt.NDArray[np.bool_]


class Head(NamedTuple):
    """A weight of shape (hidden, 1) with its bias, and what it stands on.

    `layer` counts from 1. Of shape (texts): `said` is how likely each is toxic by a head that had not seen it, `says`
    by this one.
    """

    layer: int
    strength: float
    linear: Linear
    said: npt.NDArray[np.float64]
    says: npt.NDArray[np.float64]


def learned(means: Sequence[Floats], toxic: Labels, told: Callable[[int], None]) -> Head:
    """Choose the layer and the strength with the smallest log loss by cross-validation, and learn from all texts.

    `told` hears 1 for each choice that was tried.
    """
    tried = []
    for layer, mean in enumerate(means, 1):
        for strength in STRENGTHS:
            said = _said(mean, toxic, strength)
            tried.append((float(log_loss(toxic, said)), layer, strength, said))
            told(1)
    _, layer, strength, said = min(tried, key=lambda each: each[:3])
    fitted = _regression(strength).fit(means[layer - 1], toxic)
    return Head(layer, strength, _linear(fitted), said, fitted.predict_proba(means[layer - 1])[:, 1])


def choices(layers: int) -> int:
    """Give how many choices an encoder of so many layers has."""
    return layers * len(STRENGTHS)


def _said(mean: Floats, toxic: Labels, strength: float) -> npt.NDArray[np.float64]:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    both = cross_val_predict(_regression(strength), mean, toxic, cv=folds, method="predict_proba")
    return np.asarray(both[:, 1], np.float64)


def _regression(strength: float) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=_ROUNDS))


def _linear(fitted: Any) -> Linear:
    """One step of two: (x - mean) / scale · w + b is x · (w / scale) + (b - mean · w / scale)."""
    scaler, regression = fitted[0], fitted[-1]
    weight = regression.coef_[0] / scaler.scale_
    bias = regression.intercept_ - scaler.mean_ @ weight
    return Linear(np.asarray(weight[:, None], np.float32), np.asarray(bias, np.float32))
