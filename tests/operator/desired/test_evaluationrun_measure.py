"""The stage that measures speed: its Job, and when it is done."""

from fmops_api.evaluationplan import Stage
from fmops_api.evaluationrunstatus import EvaluationRunStatus, Result
from fmops_api.meta import SecretReference
from fmops_operator.desired.evaluationrun import build_plan
from fmops_operator.desired.evaluationrun_job import build_job
from fmops_operator.settings import Settings
from fmops_operator.status.evaluationrun import View, assess
from fmops_operator.status.evaluationrun_record import missing
from tests.operator.evaluation_samples import candidate, inputs, run

LOADED = run({
    "performance": {"concurrency": [8, 1]}, "execution": {"parallelism": 4},
    "gates": [{"metric": "throughput.requests.c8", "op": "AtLeast", "value": "5"}],
})  # fmt: skip
BOTH = inputs(candidate("small"), candidate("large", api_key_variable="FMOPS_API_KEY_0"),
              api_keys={"FMOPS_API_KEY_0": SecretReference(name="s", key="k")})  # fmt: skip


def test_candidates_are_put_under_load_one_after_the_other_with_their_keys() -> None:
    plan = build_plan(LOADED, BOTH, "runner:1")
    assert plan.stages == (Stage.ANSWER, Stage.MEASURE)
    job = build_job(LOADED, plan, BOTH, Settings(), Stage.MEASURE)["spec"]
    assert (job["completions"], job["parallelism"]) == (2, 1)
    container = job["template"]["spec"]["containers"][0]
    assert container["args"][-2:] == ["--stage", "measure"]
    assert [variable["name"] for variable in container["env"]] == ["FMOPS_API_KEY_0"]


def test_the_order_of_levels_makes_no_other_inputs() -> None:
    turned = run({**LOADED.spec.to_manifest(), "performance": {"concurrency": [1, 8]}})
    assert build_plan(turned, BOTH, "runner:1").inputs_hash == build_plan(LOADED, BOTH, "runner:1").inputs_hash


def test_a_stage_is_done_by_its_own_figures_and_its_gates_wait_for_it() -> None:
    answered = [Result(model="small", metric="label", value="1"), Result(model="small", metric="latency.request.p95")]
    record = EvaluationRunStatus(inputs_hash="h", results=answered)
    assert missing(record, ["small"], Stage.ANSWER) == []
    assert missing(record, ["small"], Stage.MEASURE) == ["small"]
    view = View(["small"], stages=(Stage.ANSWER, Stage.MEASURE), at=Stage.MEASURE)
    assert assess(LOADED.spec, record, view).gates == []
    loaded = record.model_copy(
        update={"results": [*answered, Result(model="small", metric="throughput.requests.c8", value="9")]}
    )
    assert missing(loaded, ["small"], Stage.MEASURE) == []
    done = assess(LOADED.spec, loaded, view)
    assert [str(gate.verdict) for gate in done.gates] == ["Passed"]
    assert "PerformanceMeasured" in {condition.type for condition in done.conditions}
