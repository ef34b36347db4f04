"""`fmops evaluate` with a baseline: the same manifest as in the cluster, compared in the output folder."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from click.testing import Result as ClickResult

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import Result
from fmops_serving.__main__ import fmops
from fmops_serving.evaluate.laptop.report import Outcome, status_of
from tests.serving.evaluate.judge.courts import rubric
from tests.serving.evaluate.judge.pairwise.duels import longer
from tests.serving.evaluate.judge.pairwise.test_pair_agreement import person
from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec, label_of, number_in, write_order
from tests.serving.evaluate.runs import right
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, Status, openai_server

COMPARED: dict[str, Any] = {
    "candidates": {"models": [{"name": "tiny"}, {"name": "base"}]},
    "baseline": {"name": "base", "nullControl": True},
    "sink": {"persistentVolumeClaim": {"claimName": "rows"}},
    "metrics": [{"name": "exact", "type": "ExactMatch"}],
    "gates": [{"metric": "exact", "against": "Baseline", "op": "AtLeast", "value": "-0.05", "bound": "Lower"}],
}


def prepared(folder: Path, **changes: Any) -> None:
    """Write a run on 60 examples, six to a document."""
    catalog = catalog_spec(60)
    for number, example in enumerate(catalog["exampleSets"][0]["examples"]):
        example["cluster"] = f"document-{number // 6}"
    write(
        folder,
        resource("EvaluationRun", "quality", run_spec(**{**COMPARED, **changes})),
        resource("PromptCatalog", "support", catalog),
    )


def worse(asked: Asked) -> Behaviour:
    """Wrong on two of five, unevenly over the documents: figures that are the same in each would prove little."""
    number = number_in(asked.prompt)
    return Says(label_of(number + (number % 5 < 2)))


def differences(folder: Path) -> dict[str, Result]:
    return {result.metric: result for result in status(folder).results if result.against}


def test_a_worse_candidate_fails_the_gate_against_the_baseline(tmp_path: Path) -> None:
    prepared(tmp_path)
    with openai_server(right) as base, openai_server(worse) as other:
        done = evaluate(tmp_path, "--endpoint", f"base={base.url}", endpoint=other.url)
    assert done.exit_code == 3, done.output
    found = differences(tmp_path)["exact"]
    assert (found.model, found.value, found.n) == ("tiny", "-0.4", 60)
    assert found.signature == "exactmatch|norm:none|refs:any|v2|paired|t:clustered|v1"
    assert found.low_power  # ten documents stand behind sixty examples
    (gate,) = status(tmp_path).gates
    assert (gate.model, gate.against, gate.verdict) == ("tiny", "Baseline", "Failed")
    assert condition(tmp_path, "Compared") == ("True", "Compared")
    flips = {(r.model, r.metric): r.value for r in status(tmp_path).results if r.metric.endswith("flipRate")}
    assert flips == {("base", "exact.flipRate"): "0"}
    assert status(tmp_path).progress_text == "180/180"
    for word in ("exact against the baseline", "exact.flipRate", "against the baseline, ", "low power"):
        assert word in done.stdout


def duelled(
    folder: Path, judge: Callable[[Asked], Behaviour], people: Sequence[str] = ()
) -> tuple[ClickResult, OpenAIServer]:
    """Evaluate a candidate whose answers are the longer ones, with a judge that compares; gives what it was asked.

    `people` say of some pairs which answer is better; the longer one is A.
    """
    catalog = {**catalog_spec(10), "rubrics": [rubric()]}
    judges: list[dict[str, Any]] = [{"name": "duel", "model": {"name": "large"}, "rubric": "general@1"}]
    judges[0] |= {"mode": "Pairwise", **({"calibration": {"sets": ["people"]}} if people else {})}
    examples = [person(f"p{number}", word) for number, word in enumerate(people)]
    catalog["exampleSets"] += [{"name": "people", "examples": examples}] if people else []
    gate = {"metric": "duel", "against": "Baseline", "op": "AtLeast", "value": "0.5", "bound": "Lower"}
    changes = {**COMPARED, "baseline": {"name": "base"}, "judges": judges, "gates": [gate]}
    selection = {"criteria": [{"metric": "duel", "goal": "Maximize", "priority": 0}]}
    manifests = [resource("EvaluationRun", "quality", run_spec(**changes, selection=selection))]
    write(folder, *manifests, resource("PromptCatalog", "support", catalog))

    def says(asked: Asked) -> Behaviour:
        return Says("long answer" if asked.body["model"] == "tiny" else "answer")

    with openai_server(says, ["base"]) as base, openai_server(says) as other, openai_server(judge, ["large"]) as large:
        ends = ["--endpoint", f"base={base.url}", "--endpoint", f"large={large.url}"]
        return evaluate(folder, *ends, endpoint=other.url), large


def test_a_judge_that_breaks_off_leaves_the_run_without_a_verdict(tmp_path: Path) -> None:
    done, _ = duelled(tmp_path, lambda _: Status(403))
    assert done.exit_code == 4
    assert "fmops: judge duel (large): the endpoint forbids the request with this API key (403)" in done.stderr
    assert condition(tmp_path, "Complete")[0] == "False"
    assert condition(tmp_path, "GatePassed") == ("Unknown", "Undecided")


def test_a_judge_that_does_not_prefer_what_people_prefer_opens_no_gate(tmp_path: Path) -> None:
    done, judge = duelled(tmp_path, longer, ["A", "B", "B", "B"])
    assert done.exit_code == 3, done.output
    assert len(judge.asked) == 20 + 8
    trusted = condition(tmp_path, "JudgeTrusted")
    assert trusted == ("False", "LowAgreement")
    (gate,) = status(tmp_path).gates
    assert gate.verdict == "Inconclusive"
    assert "judge duel: kappa 0, n=4 is below minKappa 0.6" in gate.observed
    assert status(tmp_path).selected is None
    assert "duel.kappa" in done.stdout
    assert "duel.kappa against the baseline" not in done.stdout
    assert "duel.kappa" not in (tmp_path / "out" / "report.md").read_text(), "it is no figure against the baseline"


def test_a_judge_that_compares_gives_a_win_rate_from_here_as_well(tmp_path: Path) -> None:
    done, judge = duelled(tmp_path, longer)
    assert done.exit_code == 0, done.output
    found = differences(tmp_path)["duel"]
    assert (found.model, found.value, found.n) == ("tiny", "1", 10)
    assert len(judge.asked) == 20
    assert condition(tmp_path, "JudgeTrusted") == ("Unknown", "NotCalibrated")
    (verdict,) = status(tmp_path).gates
    assert (verdict.model, verdict.verdict) == ("tiny", "Passed")
    selected = status(tmp_path).selected
    assert selected is not None
    assert selected.model == "tiny"
    assert "duel against the baseline" in done.stdout
    for report in ("report.html", "report.md"):
        text = (tmp_path / "out" / report).read_text()
        assert "Against the baseline" in text
        assert "duel.positionFlipRate" in text
    shown = CliRunner().invoke(fmops, ["results", str(tmp_path / "out")], prog_name="fmops")
    assert "duel against the baseline" in shown.stdout


def test_too_few_examples_are_inconclusive_and_say_how_many_would_tell(tmp_path: Path) -> None:
    prepared(tmp_path)
    with openai_server(right) as server:
        done = evaluate(tmp_path, "--endpoint", f"base={server.url}", endpoint=server.url)
    assert done.exit_code == 3, done.output
    (gate,) = status(tmp_path).gates
    assert gate.verdict == "Inconclusive"
    assert gate.needed is not None
    assert gate.needed > 60
    assert f"about {gate.needed} examples would tell, 60 did not" in gate.observed


def test_a_baseline_that_cannot_be_measured_leaves_nothing_compared_and_no_verdict(tmp_path: Path) -> None:
    prepared(tmp_path)
    with openai_server(lambda _: Status(400)) as base, openai_server(right) as other:
        done = evaluate(tmp_path, "--endpoint", f"base={base.url}", endpoint=other.url)
    assert done.exit_code == 4
    assert differences(tmp_path) == {}
    assert condition(tmp_path, "Compared") == ("Unknown", "Waiting")
    assert condition(tmp_path, "GatePassed") == ("Unknown", "Undecided")


def test_more_errors_than_allowed_are_told_as_such(tmp_path: Path) -> None:
    prepared(tmp_path, execution={"maxInFlight": 4, "retries": 0, "maxErrorFraction": "0.05"})
    with openai_server(right) as base, openai_server(some_fail) as other:
        done = evaluate(tmp_path, "--endpoint", f"base={base.url}", endpoint=other.url)
    assert done.exit_code == 4
    assert "execution.maxErrorFraction (0.05) allows 3" in done.output
    assert condition(tmp_path, "Complete") == ("False", "TooManyErrors")


def some_fail(asked: Asked) -> Behaviour:
    return Status(400) if number_in(asked.prompt) < 4 else right(asked)


def test_past_the_deadline_the_verdict_says_so(tmp_path: Path) -> None:
    plan = write_order(tmp_path, "http://tiny/v1").plan
    late = EvaluationSummary(model="tiny", error="tiny: runTimeout (6h) passed", reason="RunTimedOut")
    gates = [{"metric": "exact", "op": "AtLeast", "value": "0.5"}]
    spec = EvaluationRunSpec.model_validate(run_spec(gates=gates))
    found = status_of(Outcome(plan, spec, [late], datetime.now(UTC), 12))["conditions"]
    assert [(each["type"], each["status"], each["reason"]) for each in found] == [
        ("Complete", "False", "RunTimedOut"),
        ("GatePassed", "Unknown", "RunTimedOut"),
    ]
    assert "there is no verdict" in found[1]["message"]
