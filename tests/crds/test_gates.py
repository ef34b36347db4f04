"""Gates: each row is a figure, what is asked of it, and the verdict."""

import pytest

from fmops_api.evaluationrun import BoundKind, Gate, Operator
from fmops_api.evaluationrunstatus import Against, GateResult, Result, Verdict
from fmops_api.gatepower import examples_needed
from fmops_api.gates import best, decide, overall

L, U, P = BoundKind.LOWER, BoundKind.UPPER, BoundKind.POINT
LEAST, MOST = Operator.AT_LEAST, Operator.AT_MOST
PASSED, FAILED, OPEN = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE
Figure = tuple[str | None, str | None, str | None]

ROWS: dict[str, tuple[Figure, Operator, BoundKind, str, Verdict]] = {
    "the value reaches it": (("0.84", "0.81", "0.87"), LEAST, P, "0.80", PASSED),
    "the value is exactly it": (("0.80", None, None), LEAST, P, "0.8", PASSED),
    "the value misses it": (("0.79", "0.7", "0.9"), LEAST, P, "0.80", FAILED),
    "certainly at least": (("0.84", "0.81", "0.87"), LEAST, L, "0.80", PASSED),
    "certainly not at least": (("0.70", "0.65", "0.75"), LEAST, L, "0.80", FAILED),
    "the interval is on both sides": (("0.80", "0.75", "0.85"), LEAST, L, "0.78", OPEN),
    "the upper end touches what is asked": (("0.70", "0.65", "0.80"), LEAST, L, "0.80", OPEN),
    "certainly at most": (("2.0", "1.5", "2.5"), MOST, U, "3", PASSED),
    "certainly more": (("5.0", "4.5", "5.5"), MOST, U, "3", FAILED),
    "perhaps at most": (("3.0", "2.5", "3.5"), MOST, U, "3", OPEN),
    "possibly at least": (("0.70", "0.60", "0.80"), LEAST, U, "0.80", PASSED),
    "not even possibly": (("0.70", "0.60", "0.79"), LEAST, U, "0.80", FAILED),
    "an end that is not known leaves it open": (("2.0", "1.5", None), MOST, U, "3", OPEN),
    "an open other end leaves it open": (("0.70", "0.65", None), LEAST, L, "0.80", OPEN),
    "nothing was measured": ((None, None, None), LEAST, P, "0.80", OPEN),
    "decimals are compared, not their texts": (("10", None, None), LEAST, P, "9.5", PASSED),
    "what floats would blur": (("0.30000000000000001", None, None), MOST, P, "0.3", FAILED),
}


def result(figure: Figure, model: str = "m", confidence: str = "0.95") -> Result:
    value, low, high = figure
    return Result(model=model, metric="f1", confidence=confidence, value=value, low=low, high=high)


@pytest.mark.parametrize(("figure", "op", "bound", "value", "wanted"), ROWS.values(), ids=ROWS)
def test_a_gate_says(figure: Figure, op: Operator, bound: BoundKind, value: str, wanted: Verdict) -> None:
    gate = Gate(metric="f1", op=op, value=value, bound=bound)
    assert [found.verdict for found in decide([gate], [result(figure)], ["m"])] == [wanted]


def test_every_candidate_is_judged_by_every_gate_in_order() -> None:
    gates = [Gate(metric="f1", op=LEAST, value="0.5"), Gate(metric="f1", op=LEAST, value="0.9")]
    found = decide(gates, [result(("0.7", None, None), "a"), result(("0.95", None, None), "b")], ["b", "a", "c"])
    assert [(each.model, each.verdict) for each in found] == [
        *(("b", PASSED), ("b", PASSED)),
        *(("a", PASSED), ("a", FAILED)),
        *(("c", OPEN), ("c", OPEN)),
    ]
    assert found[-1].observed == "not measured"


def test_a_gate_takes_the_interval_of_its_own_confidence() -> None:
    gate = Gate(metric="f1", op=LEAST, value="0.8", bound=L, confidence="0.90")
    wide, narrow = result(("0.84", "0.79", "0.89")), result(("0.84", "0.81", "0.87"), confidence="0.9")
    [found] = decide([gate], [wide, narrow], ["m"])
    assert (found.verdict, found.observed) == (PASSED, "0.84 [0.81, 0.87]")
    assert found.required == "lower bound at 0.90 at least 0.8"


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [([], PASSED), ([PASSED], PASSED), ([PASSED, OPEN], OPEN), ([OPEN, FAILED, PASSED], FAILED)],
)
def test_one_failure_fails_and_one_open_question_leaves_it_open(verdicts: list[Verdict], wanted: Verdict) -> None:
    assert overall(verdicts) == wanted


def test_a_gate_against_the_baseline_judges_the_difference_of_all_others() -> None:
    gates = [
        Gate(metric="f1", op=LEAST, value="-0.01", bound=L, against="Baseline"),
        Gate(metric="f1", op=LEAST, value="0.5"),
    ]
    values = [result(("0.7", "0.6", "0.8"), name) for name in ("base", "new", "newer")]
    worse = result(("0.02", "-0.03", "0.07"), "new").model_copy(update={"against": Against.BASELINE, "n": 100})
    found = decide(gates, [*values, worse], ["base", "new", "newer"], baseline="base")
    assert [(each.model, each.against, each.verdict) for each in found] == [
        ("base", None, PASSED),
        ("new", "Baseline", OPEN),
        ("new", None, PASSED),
        ("newer", "Baseline", OPEN),
        ("newer", None, PASSED),
    ]
    assert found[1].required == "against the baseline, lower bound at 0.95 at least -0.01"
    assert found[1].observed == "0.02 [-0.03, 0.07]; about 280 examples would tell, 100 did not"
    assert found[1].needed == 280
    assert (found[3].observed, found[3].needed) == ("not measured", None)


NEEDED: dict[str, tuple[Figure, str, int | None]] = {
    "the interval is twice as long as the way to the limit": (("0.8", "0.6", "0.9"), "0.7", 400),
    "as long as the way: one more may do": (("0.8", "0.7", "0.9"), "0.7", 110),
    "a value below the limit needs its upper end to come down": (("0.7", "0.6", "0.8"), "0.75", 400),
    "no more than two digits are given": (("0.8", "0.6", "0.9"), "0.66", 210),
    "a value at the limit is never told from it": (("0.7", "0.6", "0.8"), "0.7", None),
    "so near that no number helps": (("0.7", "0.6", "0.8"), "0.69999", None),
    "an end that is not known": (("0.7", None, "0.8"), "0.6", None),
    "nothing measured": ((None, None, None), "0.6", None),
}


@pytest.mark.parametrize(("figure", "limit", "needed"), NEEDED.values(), ids=NEEDED)
def test_how_many_examples_would_tell(figure: Figure, limit: str, needed: int | None) -> None:
    found = result(figure).model_copy(update={"n": 100})
    assert examples_needed(found, limit) == needed


def test_the_examples_that_would_tell_do_tell() -> None:
    """Held against Wilson's interval: with so many examples of the same share, the gate is decided."""
    from fmops_serving.evaluate.intervals import wilson  # noqa: PLC0415

    low, high = wilson(85, 100, 0.95)
    found = result(("0.85", f"{low:.4f}", f"{high:.4f}")).model_copy(update={"n": 100})
    needed = examples_needed(found, "0.80")
    assert needed is not None
    end = wilson(round(0.85 * needed), needed, 0.95).low
    assert end is not None
    assert end >= 0.80 - 0.003


def test_a_gate_that_cannot_be_told_from_its_limit_says_so() -> None:
    [found] = decide(
        [Gate(metric="f1", op=LEAST, value="0.7", bound=L)],
        [result(("0.7", "0.6", "0.8")).model_copy(update={"n": 50})],
        ["m"],
    )
    assert found.observed == "0.7 [0.6, 0.8]; the value is the limit: more examples than 50 may not tell either"


def test_where_one_is_selected_the_best_candidate_counts() -> None:
    def of(model: str, *verdicts: Verdict) -> list[GateResult]:
        return [GateResult(model=model, metric="f1", verdict=verdict) for verdict in verdicts]

    assert best([]) == PASSED
    assert best([*of("a", PASSED, FAILED), *of("b", PASSED, PASSED)]) == PASSED
    assert best([*of("a", PASSED, FAILED), *of("b", PASSED, OPEN)]) == OPEN
    assert best([*of("a", PASSED, FAILED), *of("b", OPEN, FAILED)]) == FAILED
