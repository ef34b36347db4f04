"""The children of an EvaluationRun: the plan's ConfigMap, and an Indexed Job a stage.

The index is the candidate; where candidates are asked in shards, it is the candidate and the shard.
"""

import math
from typing import Any

from fmops_api import GROUP
from fmops_api.evaluationplan import EvaluationPlan, Stage
from fmops_api.evaluationrun import EvaluationRun, JobResources, Sink
from fmops_api.execution import Budget
from fmops_api.scalars import seconds
from fmops_operator.desired.evaluationrun import Inputs
from fmops_operator.desired.evaluationrun_queue import queued
from fmops_operator.desired.evaluationrun_sink import store_arguments, store_variables
from fmops_operator.desired.job_pod import DEFAULT_RESOURCES, build_container, build_pod_template, failure_rules
from fmops_operator.desired.metadata import child, digest, labels, short_name
from fmops_operator.desired.promptcatalog import BUNDLE_LABEL
from fmops_operator.desired.source_access import source_arguments, source_mounts, source_variables, source_volumes
from fmops_operator.manifest import CONFIG_MAP, JOB, Manifest
from fmops_operator.settings import Settings

PLAN = "evaluation-plan"
EVALUATION = "evaluation"
TEMPLATE_ANNOTATION = f"{GROUP}/template-hash"
"""On a Job, the hash of its pod template, which Kubernetes never lets change; of a queued one, of all we ask for."""
OUT_OF_BUDGET = 6
"""Exit status of the runner when a candidate's share of the budget is spent: only a larger one helps."""
_PLAN_FOLDER, _BUNDLE_FOLDER, _SINK_FOLDER = "/etc/fmops/plan", "/etc/fmops/bundle", "/var/lib/fmops/sink"
_TRIES_PER_CANDIDATE = 5


def work_name(run: str, inputs_hash: str) -> str:
    """Name the work on these inputs, and its plan; three characters are left for the index in the pods' host names."""
    return short_name(run, inputs_hash, limit=60)


def job_name(run: str, inputs_hash: str, stage: Stage) -> str:
    """Name the Job of a stage; that of the first has the name of the whole work."""
    if stage is Stage.ANSWER:
        return work_name(run, inputs_hash)
    # Candidates times shards have three digits; a dash and a digit more than the names above leave room for.
    return short_name(run, inputs_hash, str(stage), limit=59 if stage is Stage.ASK else 60)


def build_plan_map(run: EvaluationRun, plan: EvaluationPlan, inputs: Inputs) -> Manifest:
    """Build the immutable ConfigMap that carries the plan to the runner."""
    manifest = child(run, CONFIG_MAP, work_name(run.metadata.name, plan.inputs_hash), PLAN)
    manifest["metadata"]["labels"][BUNDLE_LABEL] = inputs.bundle
    content = plan.model_dump_json(by_alias=True, indent=2, exclude_none=True)
    return {**manifest, "immutable": True, "data": {"plan.json": content}}


def build_job(
    run: EvaluationRun, plan: EvaluationPlan, inputs: Inputs, settings: Settings, stage: Stage = Stage.ANSWER
) -> Manifest:
    """Build the Job of a stage, which measures each of the stage's candidates once, or asks each of their shards."""
    template = _pod_template(run, plan, inputs, settings, stage)
    name = job_name(run.metadata.name, plan.inputs_hash, stage)
    manifest = child(run, JOB, name, EVALUATION, {TEMPLATE_ANNOTATION: digest(template)})
    manifest["metadata"]["labels"][BUNDLE_LABEL] = inputs.bundle
    each = run.spec.execution.shards if stage is Stage.ASK else 1
    count = len(plan.subjects(stage))
    manifest["spec"] = {
        "completionMode": "Indexed",
        "completions": count * each,
        "parallelism": 1 if stage is Stage.MEASURE else min(run.spec.execution.parallelism, count) * each,
        "backoffLimitPerIndex": _TRIES_PER_CANDIDATE,
        "podFailurePolicy": {"rules": failure_rules("FailIndex", OUT_OF_BUDGET)},
        "podReplacementPolicy": "Failed",
        "activeDeadlineSeconds": max(1, math.ceil(seconds(run.spec.execution.run_timeout))),
        "suspend": run.spec.execution.suspend,
        "template": template,
    }
    queue = run.spec.execution.queue_name
    return queued(manifest, queue, TEMPLATE_ANNOTATION) if queue else manifest


def with_ttl(job: Manifest, settings: Settings) -> Manifest:
    """Let Kubernetes delete the Job after a while: only once its results are in the status, never one that failed."""
    return {**job, "spec": {**job["spec"], "ttlSecondsAfterFinished": settings.job_ttl_seconds}}


def _pod_template(
    run: EvaluationRun, plan: EvaluationPlan, inputs: Inputs, settings: Settings, stage: Stage
) -> Manifest:
    name = work_name(run.metadata.name, plan.inputs_hash)
    container = _container(run, plan, inputs, settings, stage)
    return build_pod_template(labels(run, EVALUATION), container, _volumes(name, inputs, run.spec.sink))


def _container(run: EvaluationRun, plan: EvaluationPlan, inputs: Inputs, settings: Settings, stage: Stage) -> Manifest:
    return build_container(
        "fmops_serving.evaluate",
        settings,
        args=[
            "--plan", f"{_PLAN_FOLDER}/plan.json",
            "--bundle", f"{_BUNDLE_FOLDER}/{inputs.bundle_key}",
            "--sink", _SINK_FOLDER,
            *store_arguments(run.spec.sink),
            *source_arguments(inputs.sources),
            *_arguments(stage),
            *_sharing(run, plan, stage),
            *_budget(run.spec.execution.budget, inputs, stage),
        ],
        env=[*_keys(inputs, stage), *store_variables(run.spec.sink), *source_variables(inputs.sources)],
        resources=_resources(run.spec.execution.resources),
        volumeMounts=_mounts(inputs, run.spec.sink),
    )  # fmt: skip


def _arguments(stage: Stage) -> list[str]:
    return [] if stage is Stage.ANSWER else ["--stage", str(stage)]


def _sharing(run: EvaluationRun, plan: EvaluationPlan, stage: Stage) -> list[str]:
    """Say how many pods ask at once, where any two of them ask the same address."""
    at_once = min(run.spec.execution.parallelism, len(plan.candidates))
    if stage is Stage.ASK:
        shards = run.spec.execution.shards
        return ["--shards", str(shards), "--at-once", str(at_once * shards)]
    asked = [*plan.candidates, *(judge.endpoint for judge in plan.judges or ())]
    meets = at_once > 1 and any(plan.sharers(each.url) > 1 for each in asked)
    return ["--at-once", str(at_once)] if meets and stage is Stage.ANSWER else []


def _budget(budget: Budget | None, inputs: Inputs, stage: Stage) -> list[str]:
    """Give what the run may take to the stages that ask; here and not in the plan, so that it may be raised."""
    if budget is None or stage not in (Stage.ASK, Stage.ANSWER):
        return []
    given = [("--budget-tokens", budget.tokens), ("--budget-cost", budget.cost)]
    rates = [("--price", f"{model}={asked},{said}") for model, (asked, said) in sorted(inputs.rates.items())]
    return [part for option, value in [*given, *rates] if value is not None for part in (option, str(value))]


def _keys(inputs: Inputs, stage: Stage) -> list[Manifest]:
    """Give each stage the API keys of the models that it asks, and no other."""
    duelling = {planned.endpoint.api_key_variable for planned in inputs.judges if planned.compares}
    asking = {Stage.ANSWER: inputs.api_keys.keys() - duelling, Stage.COMPARE: inputs.api_keys.keys() & duelling}
    candidates, steps = ({each.api_key_variable for each in asked} for asked in (inputs.candidates, inputs.step_models))
    asking[Stage.MEASURE] = inputs.api_keys.keys() & candidates
    asking[Stage.ASK] = inputs.api_keys.keys() & (candidates | steps)
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret.name, "key": secret.key}}}
        for variable, secret in sorted(inputs.api_keys.items())
        if variable in asking[stage]
    ]


def _resources(wanted: JobResources | None) -> dict[str, Any]:
    return wanted.to_manifest() if wanted else DEFAULT_RESOURCES


def _mounts(inputs: Inputs, sink: Sink | None) -> list[Manifest]:
    rows: dict[str, Any] = {"name": "sink", "mountPath": _SINK_FOLDER}
    if sink and sink.persistent_volume_claim and sink.persistent_volume_claim.path:
        rows["subPath"] = sink.persistent_volume_claim.path
    return [
        {"name": "plan", "mountPath": _PLAN_FOLDER, "readOnly": True},
        {"name": "bundle", "mountPath": _BUNDLE_FOLDER, "readOnly": True},
        rows,
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
        *source_mounts(inputs.sources, _claim(sink)),
    ]


def _volumes(plan: str, inputs: Inputs, sink: Sink | None) -> list[Manifest]:
    if sink and sink.persistent_volume_claim:
        rows: dict[str, Any] = {"persistentVolumeClaim": {"claimName": sink.persistent_volume_claim.claim_name}}
    else:
        rows = {"emptyDir": {}}
    return [
        {"name": "plan", "configMap": {"name": plan}},
        {"name": "bundle", "configMap": {"name": inputs.bundle}},
        {"name": "sink", **rows},
        {"name": "tmp", "emptyDir": {}},
        *source_volumes(inputs.sources, _claim(sink)),
    ]


def _claim(sink: Sink | None) -> dict[str, str]:
    """Name the sink's volume by its claim, for a pod must not name a claim twice."""
    return {sink.persistent_volume_claim.claim_name: "sink"} if sink and sink.persistent_volume_claim else {}
