"""Numeric: which number an answer says, and when it is right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_serving.evaluate.score.numerals import last_number
from tests.serving.evaluate.score.measuring import figures, metric, reply, value

READINGS = [
    ("the last of several", "3 apples and 4 pears are 7.", None, "7"),
    ("a full stop is no decimal mark", "The answer is 42.", None, "42"),
    ("thousands", "1,234,567.50 dollars", None, "1234567.50"),
    ("one group of thousands", "1,234", None, "1234"),
    ("a decimal comma where the groups do not fit", "1,5", None, "1.5"),
    ("a decimal point with three decimals", "1.234", None, "1.234"),
    ("the same in German is thousands", "1.234", "de", "1234"),
    ("German decimals", "1.234.567,5 Euro", "de", "1234567.5"),
    ("a German comma with three decimals", "1,234", "de-AT", "1.234"),
    ("two kinds of marks tell by themselves", "1.234,5", "en", "1234.5"),
    ("Swiss thousands", "1'234'567.5", None, "1234567.5"),
    ("narrow spaces", "1\u202f234\u202f567,5", "fr", "1234567.5"),
    ("a plain space separates numbers", "in 2024 500", None, "500"),
    ("zero point", "0.05", None, "0.05"),
    ("no digit before the point", "about .5", None, "0.5"),
    ("a leading zero makes no group", "0,123", None, "0.123"),
    ("negative", "it is -5 degrees", None, "-5"),
    ("a typographic minus", "−5", None, "-5"),
    ("a range", "10-15", None, "15"),
    ("currency", "it costs $5", None, "5"),
    ("negative money", "-$5.20", None, "-5.20"),
    ("powers of ten", "6.02e23 of them", None, "6.02E+23"),
    ("a unit at once", "5kg", None, "5"),
    ("a name with a number is none", "7 says GPT4", None, "7"),
    ("a version is none", "42, by 1.2.3", None, "42"),
    ("full-width digits", "答えは１２３", None, "123"),
    ("Arabic digits and marks", "٣٫٥", None, "3.5"),
    ("bold", "**42**", None, "42"),
    ("an equation", "6*7=42", None, "42"),
]


@pytest.mark.parametrize(
    ("text", "language", "number"), [row[1:] for row in READINGS], ids=[row[0] for row in READINGS]
)
def test_a_text_says_a_number(text: str, language: str | None, number: str) -> None:
    found = last_number(text, language)
    assert found is not None
    assert found.value == Decimal(number)


@pytest.mark.parametrize("text", ["", "none", "GPT4", "1.2.3", "-", ".", "9" * 100, "1,23,456"])
def test_a_text_says_no_number(text: str) -> None:
    assert last_number(text) is None


ROWS = [
    ("equal, written otherwise", "1.0", "1", {}, 1.0),
    ("the end of another number is not it", "125", "25", {}, 0.0),
    ("no number at all is wrong", "I do not know", "1", {}, 0.0),
    ("off by more than nothing", "3.1", "3.14", {}, 0.0),
    ("within an absolute tolerance", "3.1", "3.14", {"absolute": "0.04"}, 1.0),
    ("a decimal tolerance is exact", "0.3", "0.2", {"absolute": "0.1"}, 1.0),
    ("within a relative tolerance", "101", "100", {"relative": "0.01"}, 1.0),
    ("either tolerance is enough", "101", "100", {"absolute": "0.5", "relative": "0.01"}, 1.0),
    ("both have a percent sign", "45%", "45 %", {}, 1.0),
    ("per cent for a share", "45%", "0.45", {}, 1.0),
    ("a share for per cent", "0.45", "45%", {}, 1.0),
    ("per cent for a number of them", "45 percent", "45", {}, 1.0),
    ("per cent is not per cent of per cent", "0.45%", "45%", {}, 0.0),
    ("zero and minus zero", "-0", "0", {}, 1.0),
]


@pytest.mark.parametrize(
    ("answer", "reference", "tolerance", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_number_is_right(answer: str, reference: str, tolerance: dict[str, str], wanted: float) -> None:
    assert value("Numeric", reply(answer, reference), tolerance=tolerance or None) == wanted


def test_a_reference_without_a_number_is_unscored_and_others_count() -> None:
    replies = [reply("5", "many"), reply("5", "many", "5"), reply("five", "5"), reply(None, "5")]
    figure = figures(metric("Numeric"), replies)["m"]
    assert (figure.value, figure.n, figure.unscored) == (0.5, 2, 2)


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=3), st.sampled_from(["en", "de", "fr", None]))
def test_every_number_is_read_as_it_is_written(number: Decimal, language: str | None) -> None:
    comma = language in {"de", "fr"}
    written = f"{number:,f}"
    if comma:
        written = written.translate(str.maketrans(".,", ",."))
    found = last_number(f"It is {written}.", language)
    assert found is not None
    assert found.value == number


@given(st.text("0123456789.,'-+e% $a\u202f", max_size=60))
def test_any_text_says_a_number_or_none(text: str) -> None:
    found = last_number(text)
    assert found is None or found.value.is_finite()
