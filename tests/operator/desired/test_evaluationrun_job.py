"""The Job and the plan of an evaluation, as Kubernetes gets them."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationPlan, Stage
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.meta import SecretReference
from fmops_operator.desired.evaluationrun import Inputs, build_plan
from fmops_operator.desired.evaluationrun_job import build_job, build_plan_map, job_name, with_ttl
from fmops_operator.manifest import Manifest
from fmops_operator.settings import Settings
from tests.operator.evaluation_samples import candidate, inputs, run
from tests.support.golden import check_golden, check_schema

SETTINGS = Settings(runner_image="fmops/serving:1", image_pull_policy="IfNotPresent")
GOLDEN = Path("tests/data/evaluationrun")
PROVIDER = inputs(
    candidate("gpt", url="https://provider.example/v1", api_key_variable="FMOPS_API_KEY_0"),
    candidate("small"),
    api_keys={"FMOPS_API_KEY_0": SecretReference(name="provider", key="token")},
)
FULL_SPEC = {
    "candidates": {"models": [{"name": "small"}, {"name": "gpt"}]},
    "gates": [{"metric": "label.accuracy", "op": "AtLeast", "value": "0.5", "bound": "Lower"}],
    "execution": {
        "parallelism": 5,
        "runTimeout": "90s",
        "suspend": True,
        "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
    },
    "sink": {"persistentVolumeClaim": {"claimName": "lake", "path": "evaluations/support"}},
}


STORE = {
    "uri": "s3://lake/fmops/",
    "endpoint": "http://minio.storage.svc:9000",
    "region": "eu-central-1",
    "credentialsSecretRef": {"name": "s3"},
}


COMPARED_SPEC = {
    **FULL_SPEC,
    "baseline": {"name": "gpt", "nullControl": True},
    "gates": [{"metric": "label", "against": "Baseline", "op": "AtLeast", "value": "-0.1", "bound": "Lower"}],
}


def built(run: EvaluationRun, resolved: Inputs) -> tuple[EvaluationPlan, Manifest, Manifest]:
    plan = build_plan(run, resolved, SETTINGS.runner_image)
    return plan, build_plan_map(run, plan, resolved), build_job(run, plan, resolved, SETTINGS)


def pod_spec(spec: dict[str, Any] | None = None, resolved: Inputs | None = None) -> dict[str, Any]:
    job = built(run(spec), resolved or inputs())[2]
    found: dict[str, Any] = job["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize(
    ("name", "spec", "resolved"),
    [
        pytest.param("plain", {}, inputs(), id="one model, no sink"),
        pytest.param("full", FULL_SPEC, PROVIDER, id="a provider and a model, a sink, suspended"),
        pytest.param("object-store", {"sink": {"objectStore": STORE}}, inputs(), id="a sink in an object store"),
    ],
)
def test_the_manifests_are_as_written_down_and_valid(name: str, spec: dict[str, Any], resolved: Inputs) -> None:
    _, plan_map, job = built(run(spec), resolved)
    for manifest in (plan_map, job, with_ttl(job, SETTINGS)):
        check_schema(manifest)
    check_golden(GOLDEN / f"{name}.yaml", [plan_map, job])


def test_a_provider_key_is_referred_to_by_the_pod_and_stands_in_no_plan() -> None:
    plan, plan_map, job = built(run(FULL_SPEC), PROVIDER)
    assert job["spec"]["template"]["spec"]["containers"][0]["env"] == [
        {"name": "FMOPS_API_KEY_0", "valueFrom": {"secretKeyRef": {"name": "provider", "key": "token"}}}
    ]
    assert plan.candidates[0].api_key_variable == "FMOPS_API_KEY_0"
    assert "token" not in plan_map["data"]["plan.json"]


def test_the_runner_reads_the_plan_that_was_built() -> None:
    plan, plan_map, _ = built(run(FULL_SPEC), PROVIDER)
    assert EvaluationPlan.model_validate_json(plan_map["data"]["plan.json"]) == plan


def test_a_disruption_is_no_failure_and_bad_input_is_not_tried_again() -> None:
    rules = built(run(), inputs())[2]["spec"]["podFailurePolicy"]["rules"]
    assert [r["action"] for r in rules] == ["Ignore", "FailIndex"]
    assert rules[1]["onExitCodes"]["values"] == [2, 6]


def test_the_deadline_of_the_job_is_the_run_timeout_rounded_up() -> None:
    assert (
        built(run({"execution": {"attemptTimeout": "1s", "runTimeout": "1500ms"}}), inputs())[2]["spec"][
            "activeDeadlineSeconds"
        ]
        == 2
    )


def test_no_more_pods_run_at_once_than_there_are_candidates() -> None:
    assert built(run({"execution": {"parallelism": 9}}), inputs())[2]["spec"]["parallelism"] == 1


def test_a_queued_job_begins_with_fewer_pods_where_the_queue_has_no_room_for_all() -> None:
    least = "kueue.x-k8s.io/job-min-parallelism"
    both = run({**FULL_SPEC, "execution": {"parallelism": 2, "queueName": "tests"}})
    one = run({**FULL_SPEC, "execution": {"queueName": "tests"}})
    assert [built(each, PROVIDER)[2]["metadata"]["annotations"].get(least) for each in (both, one)] == ["1", None]
    check_schema(built(both, PROVIDER)[2])


SHARDED = run({**COMPARED_SPEC, "execution": {"parallelism": 5, "shards": 4, "queueName": "tests"}})


def test_shards_are_a_job_of_their_own_with_an_index_for_each_shard_of_each_candidate() -> None:
    plan, _, answering = built(SHARDED, PROVIDER)
    job = build_job(SHARDED, plan, PROVIDER, SETTINGS, Stage.ASK)
    assert (job["spec"]["completions"], job["spec"]["parallelism"]) == (8, 8)
    assert (answering["spec"]["completions"], answering["spec"]["parallelism"]) == (2, 2)
    arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
    assert arguments[-6:] == ["--stage", "ask", "--shards", "4", "--at-once", "8"]
    check_schema(job)


def test_the_pod_that_scores_what_shards_asked_is_the_pod_of_a_run_without_shards() -> None:
    whole = run({**COMPARED_SPEC, "execution": {"parallelism": 5, "queueName": "tests"}})
    assert built(SHARDED, PROVIDER) == built(whole, PROVIDER)


def test_each_shard_may_spend_its_part_and_has_the_keys_of_the_models_that_answer_alone() -> None:
    keys = {
        f"FMOPS_{part}_0": SecretReference(name=part.lower().replace("_", "-"), key="k")
        for part in ("API_KEY", "JUDGE_API_KEY")
    }
    step = candidate("step", api_key_variable="FMOPS_STEP_API_KEY_0")
    keys["FMOPS_STEP_API_KEY_0"] = SecretReference(name="step", key="k")
    resolved = replace(PROVIDER, api_keys=keys, step_models=[step])
    limited = run({**FULL_SPEC, "execution": {"shards": 2, "budget": {"tokens": 1000}}})
    job = build_job(limited, built(limited, resolved)[0], resolved, SETTINGS, Stage.ASK)
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][-2:] == ["--budget-tokens", "1000"]
    assert [each["name"] for each in container["env"]] == ["FMOPS_API_KEY_0", "FMOPS_STEP_API_KEY_0"]


def test_host_names_of_shards_fit() -> None:
    assert len(job_name("r" * 90, "9d1c0a77e4", Stage.ASK) + "-639") <= 63


def test_a_budget_is_told_to_the_stage_that_asks_and_changes_no_inputs() -> None:
    rates = {"gpt": (Decimal("2.50"), Decimal(10))}
    resolved = replace(PROVIDER, rates=rates)
    limited = run({**COMPARED_SPEC, "execution": {"budget": {"tokens": 1000, "cost": "20"}}})
    plan, _, job = built(limited, resolved)
    told = ["--budget-tokens", "1000", "--budget-cost", "20", "--price", "gpt=2.50,10"]
    assert job["spec"]["template"]["spec"]["containers"][0]["args"][-6:] == told
    assert "--budget-tokens" not in str(build_job(limited, plan, resolved, SETTINGS, Stage.COMPARE))
    unlimited = built(run({**COMPARED_SPEC, "execution": {}}), PROVIDER)[0]
    assert plan == unlimited
    check_schema(job)


def test_pods_that_run_at_once_are_told_so_where_they_ask_the_same_address() -> None:
    both = inputs(candidate("a", url="http://one/v1"), candidate("b", url="http://one/v1"))
    apart = inputs(candidate("a", url="http://one/v1"), candidate("b", url="http://two/v1"))
    told = []
    for resolved, parallelism in ((both, 5), (both, 1), (apart, 5)):
        job = built(run({**FULL_SPEC, "execution": {"parallelism": parallelism}}), resolved)[2]
        arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
        told.append(arguments[-2:] if "--at-once" in arguments else [])
    assert told == [["--at-once", "2"], [], []]


def test_a_job_lives_on_until_its_results_are_recorded() -> None:
    job = built(run(), inputs())[2]
    assert "ttlSecondsAfterFinished" not in job["spec"]
    assert with_ttl(job, SETTINGS)["spec"]["ttlSecondsAfterFinished"] == SETTINGS.job_ttl_seconds


def test_without_a_sink_rows_go_to_a_folder_that_ends_with_the_pod() -> None:
    assert {"name": "sink", "emptyDir": {}} in pod_spec()["volumes"]


def test_keys_of_a_store_come_from_its_secret_one_by_one_and_stand_in_no_plan() -> None:
    _, plan_map, job = built(run({"sink": {"objectStore": STORE}}), inputs())
    variables = job["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {v["name"]: v["valueFrom"]["secretKeyRef"].get("optional", False) for v in variables} == {
        "AWS_ACCESS_KEY_ID": False, "AWS_SECRET_ACCESS_KEY": False, "AWS_SESSION_TOKEN": True,
    }  # fmt: skip
    assert {v["valueFrom"]["secretKeyRef"]["name"] for v in variables} == {"s3"}
    assert "lake" not in plan_map["data"]["plan.json"]


def test_a_store_that_the_pods_identity_opens_needs_no_secret() -> None:
    container = pod_spec({"sink": {"objectStore": {"uri": "gs://lake"}}})["containers"][0]
    assert container["env"] == []
    assert container["args"][-2:] == ["--store", "gs://lake"]


def test_a_compressed_bundle_is_read_under_its_own_name() -> None:
    assert (
        "/etc/fmops/bundle/bundle.json.gz"
        in pod_spec(resolved=inputs(bundle_key="bundle.json.gz"))["containers"][0]["args"]
    )


@pytest.mark.parametrize("length", [1, 40, 60, 63, 253])
def test_names_leave_room_for_the_index_in_host_names(length: int) -> None:
    _, plan_map, job = built(run(name="r" * length), inputs())
    assert plan_map["metadata"]["name"] == job["metadata"]["name"]
    assert len(f"{job['metadata']['name']}-19") <= 63


def test_runs_whose_long_names_differ_at_the_end_get_different_jobs() -> None:
    names = {built(run(name="r" * 80 + end), inputs())[2]["metadata"]["name"] for end in "ab"}
    assert len(names) == 2


def test_the_comparison_is_a_job_of_its_own_without_keys_and_without_the_baseline() -> None:
    compared = run(COMPARED_SPEC)
    plan, plan_map, answers = built(compared, PROVIDER)
    job = build_job(compared, plan, PROVIDER, SETTINGS, Stage.COMPARE)
    check_schema(job)
    assert job["metadata"]["name"] == f"{answers['metadata']['name']}-compare"
    assert (answers["spec"]["completions"], job["spec"]["completions"]) == (2, 1)
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][-2:] == ["--stage", "compare"]
    assert container["env"] == []
    assert {volume.get("configMap", {}).get("name") for volume in job["spec"]["template"]["spec"]["volumes"]} >= {
        plan_map["metadata"]["name"]
    }


def test_the_names_of_all_jobs_are_short_enough_however_long_the_run_is_called() -> None:
    names = {job_name("r" * 250, "0123456789", stage) for stage in Stage}
    assert len(names) == len(Stage)
    assert {len(name) <= 60 for name in names} == {True}
