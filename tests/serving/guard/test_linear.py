"""Tier 1 against scikit-learn itself, and what a file of weights may not hold."""

import pickle
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard import linear, packages
from fmops_serving.guard.joblibfile import read_joblib
from fmops_serving.guard.linear import linear_model, words_of

TEXTS = [
    "",
    "a b c",
    "Hello world",
    "You are a stupid idiot.",
    "I will kill the process with signal 9",
    "naïve Ünicode слово 你好 x_1 42",
    "stupid " * 300,
    "You’re a “stupid” idiot – it’s «all» • I’d say — 42 x_1",
    "The meeting is at nine; bring the printed agenda, please, and a pen.",
]


@pytest.fixture(scope="module")
def predict_prob() -> Callable[[Sequence[str]], Sequence[float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from profanity_check import predict_prob as found  # noqa: PLC0415 - takes seconds to load
    return found  # type: ignore[no-any-return]


def test_a_probability_is_scikit_learn_s(predict_prob: Callable[[Sequence[str]], Sequence[float]]) -> None:
    model = linear_model()
    for text, wanted in zip(TEXTS, predict_prob(TEXTS), strict=True):
        assert model.probability(text) == pytest.approx(wanted, abs=1e-12), text


def test_any_text_has_scikit_learn_s_probability(predict_prob: Callable[[Sequence[str]], Sequence[float]]) -> None:
    model = linear_model()
    known = st.sampled_from(sorted(model.rows)[::97])
    texts = st.lists(st.one_of(known, st.text(max_size=12)), max_size=20).map(" ".join)

    @settings(max_examples=25, deadline=None)
    @given(texts)
    def holds(text: str) -> None:
        assert model.probability(text) == pytest.approx(predict_prob([text])[0], abs=1e-12)

    holds()


def test_the_word_that_spoke_most_is_named() -> None:
    model = linear_model()
    assert model.loudest(words_of("what a stupid question")) == "stupid"
    assert model.loudest(words_of("stupid " + "idiotic " * 3)) == "idiotic"
    assert model.loudest(words_of("qqqq zzzz")) == ""


def test_a_word_left_out_is_as_if_never_known() -> None:
    model = linear_model()
    without = model.without(["stupid"])
    assert without.probability("a stupid question") == model.probability("a question")
    assert without.left_out == ("stupid",)


def test_a_mark_tells_of_a_word_and_changes_no_probability() -> None:
    model = linear_model()
    marking = model.marking(["stupid", "qqqq"])
    for text, marked in [("a stupid question", True), ("qqqq", True), ("qqqq qqqq what", True), ("a question", False)]:
        assert marking.judge(words_of(text)) == (model.probability(text), marked)


class Calls:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("a pickle ran",)


@pytest.mark.parametrize("content", [Calls(), {"a": Path("x")}])
def test_a_file_of_weights_cannot_run_anything(
    content: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.joblib"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(pickle.UnpicklingError, match="is not expected in a file of weights"):
        read_joblib(path)
    assert capsys.readouterr().out == ""


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "WEIGHTS", "alt-profanity-check-of-nobody")
    monkeypatch.setitem(packages._HOW, "alt-profanity-check-of-nobody", "do this")
    linear_model.cache_clear()
    with pytest.raises(packages.Missing, match="needs the data of the package alt-profanity-check-of-nobody: do this"):
        linear_model()
