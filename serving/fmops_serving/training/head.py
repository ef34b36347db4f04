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
CHOOSING = 4000
"""Texts that choose, at most."""
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

    Of many texts a sample chooses. `told` hears 1 for each choice that was tried, and for what comes after.
    """
    sample = _sample(len(toxic))
    tried = []
    for layer, mean in enumerate(means, 1):
        for strength in STRENGTHS:
            loss = log_loss(toxic[sample], _said(mean[sample], toxic[sample], strength))
            tried.append((float(loss), layer, strength))
            told(1)
    _, layer, strength = min(tried)
    mean = means[layer - 1]
    said, fitted = _said(mean, toxic, strength), _regression(strength).fit(mean, toxic)
    told(1)
    return Head(layer, strength, _linear(fitted), said, fitted.predict_proba(mean)[:, 1])


def steps(layers: int) -> int:
    """Give how many steps `learned` tells of, for an encoder of so many layers."""
    return layers * len(STRENGTHS) + 1


def _sample(texts: int) -> npt.NDArray[np.int64]:
    return np.sort(np.random.default_rng(0).permutation(texts)[:CHOOSING])


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
