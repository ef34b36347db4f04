"""Gates: each row is a figure, what is asked of it, and the verdict."""

import pytest

from fmops_api.evaluationrun import BoundKind, Gate, Operator
from fmops_api.evaluationrunstatus import GateResult, Result, Verdict
from fmops_api.gates import best, decide, overall
from fmops_api.needed import examples_needed
from fmops_serving.evaluate.intervals import wilson

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


def test_where_one_is_selected_the_best_candidate_counts() -> None:
    def of(model: str, *verdicts: Verdict) -> list[GateResult]:
        return [GateResult(model=model, metric="f1", verdict=verdict) for verdict in verdicts]

    assert best([]) == PASSED
    assert best([*of("a", PASSED, FAILED), *of("b", PASSED, PASSED)]) == PASSED
    assert best([*of("a", PASSED, FAILED), *of("b", PASSED, OPEN)]) == OPEN
    assert best([*of("a", PASSED, FAILED), *of("b", OPEN, FAILED)]) == FAILED


@pytest.mark.parametrize(
    ("figure", "n", "limit", "needed"),
    [
        pytest.param(("0.84", "0.74", "0.91"), 60, "0.80", 375, id="2.5 times too wide below: 6.25 times the examples"),
        pytest.param(("0.76", "0.64", "0.86"), 60, "0.80", 375, id="below the limit, the upper end must come down"),
        pytest.param(("0.80", "0.70", "0.90"), 60, "0.80", None, id="on the limit no number tells"),
        pytest.param(("2.0", "1.5", None), 60, "3", None, id="an end that is not known"),
        pytest.param((None, None, None), 0, "0.80", None, id="nothing was measured"),
        pytest.param(("0.84", "0.81", "0.87"), 60, "0.80", None, id="it tells already"),
    ],
)
def test_how_many_examples_would_tell(figure: Figure, n: int, limit: str, needed: int | None) -> None:
    measured = result(figure).model_copy(update={"n": n})
    assert examples_needed(limit, measured) == needed


def test_that_many_examples_do_tell() -> None:
    gate = Gate(metric="f1", op=LEAST, value="0.8", bound=L)

    def share(n: int) -> Result:
        low, high = wilson(round(0.85 * n), n, 0.95)
        return result(("0.85", f"{low:.6f}", f"{high:.6f}")).model_copy(update={"n": n})

    [few] = decide([gate], [share(100)], ["m"])
    assert few.verdict == OPEN
    assert few.examples_needed is not None
    assert few.words().endswith(f"; about {few.examples_needed} examples would tell")
    [half] = decide([gate], [share(few.examples_needed // 20 * 10)], ["m"])
    [enough] = decide([gate], [share(-(-few.examples_needed // 20) * 20)], ["m"])
    assert (half.verdict, enough.verdict) == (OPEN, PASSED)
    assert enough.examples_needed is None
