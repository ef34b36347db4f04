"""The conditions of a FoundationModel: Ready names who is at fault, and the kstatus rules hold."""

from dataclasses import replace
from typing import Any

import pytest

from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.manifest import Manifest
from fmops_operator.observed import Pod, Rollout
from fmops_operator.sizing import Sizing
from fmops_operator.status.foundationmodel import (
    Observation,
    assess,
    external_answer,
    find_external_source,
    own_answer,
)
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_operator.status.foundationmodel_source import find_folder
from fmops_operator.world import Answer
from tests.operator.model_samples import model
from tests.operator.pod_samples import deployment, ended, pod, waiting

FOUND = Finding(True, Reason.SOURCE_RESOLVED, "found")
UNKNOWN = Finding(None, Reason.SOURCE_UNVERIFIED, "the hub is away")
MISSING = Finding(False, Reason.SOURCE_NOT_FOUND, "no such repository")
SERVES, SILENT = Answer(None, "serves"), Answer("EndpointNotAnswering", "did not answer")
UP = Rollout.of(deployment(1, ready=1))
COMING = Rollout.of(deployment())
OVERDUE = Rollout.of(deployment(conditions=[{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]))
CRASHING = (Pod.of(pod(engine=waiting("CrashLoopBackOff", last=ended(1, "RuntimeError: x")))),)
UP_AND_SERVING = Observation(source=FOUND, answer=SERVES, rollout=UP)


def conditions(seen: Observation, *, external: bool = False) -> dict[str, tuple[str, str]]:
    return {each.type: (each.status, each.reason) for each in assess(seen, external=external)}


@pytest.mark.parametrize(
    ("seen", "ready", "reason", "beside"),
    [
        pytest.param(UP_AND_SERVING, "True", "Serving", None, id="up and serving is ready"),
        pytest.param(
            replace(UP_AND_SERVING, source=UNKNOWN), "True", "Serving", None, id="a hub that is away does not unmake it"
        ),
        pytest.param(
            replace(UP_AND_SERVING, source=MISSING), "True", "Serving", None, id="what serves needs its source no more"
        ),
        pytest.param(
            Observation(source=FOUND, rollout=COMING), "False", "EngineProgressing", "Reconciling", id="pods are coming"
        ),
        pytest.param(
            Observation(source=FOUND, rollout=OVERDUE),
            "False",
            "EngineProgressing",
            "Stalled",
            id="for longer than allowed",
        ),
        pytest.param(
            Observation(source=MISSING, rollout=COMING), "False", "SourceNotFound", "Stalled", id="a source is missing"
        ),
        pytest.param(
            Observation(source=MISSING, rollout=COMING, pods=CRASHING),
            "False",
            "SourceNotFound",
            "Stalled",
            id="a missing source explains a crash",
        ),
        pytest.param(
            Observation(source=FOUND, rollout=COMING, pods=CRASHING),
            "False",
            "EngineCrashed",
            "Reconciling",
            id="a crash may mend itself",
        ),
        pytest.param(
            Observation(source=FOUND, rollout=Rollout.of(deployment(0))),
            "False",
            "NoReplicas",
            "Stalled",
            id="scaled to zero",
        ),
        pytest.param(
            replace(UP_AND_SERVING, answer=SILENT),
            "False",
            "EndpointNotAnswering",
            "Reconciling",
            id="pods that are ready and do not answer are not ready",
        ),
        pytest.param(
            replace(UP_AND_SERVING, answer=Answer("WrongServedName", "serves n")),
            "False",
            "WrongServedName",
            "Stalled",
            id="another model answers",
        ),
        pytest.param(
            replace(UP_AND_SERVING, blocked=Finding(False, Reason.ARGUMENT_CONFLICT, "--port")),
            "False",
            "ArgumentConflict",
            "Stalled",
            id="a spec that cannot be put into force, while the one before serves",
        ),
    ],
)
def test_ready(seen: Observation, ready: str, reason: str, beside: str | None) -> None:
    found = conditions(seen)
    assert found["Ready"] == (ready, reason)
    assert {name for name in found if name in {"Reconciling", "Stalled"}} == ({beside} if beside else set())


def test_what_runs_still_is_said_while_a_new_spec_is_blocked() -> None:
    found = conditions(replace(UP_AND_SERVING, blocked=Finding(False, Reason.ARGUMENT_CONFLICT, "--port")))
    assert found["Serving"] == ("True", "Serving")
    assert found["EngineAvailable"] == ("True", "EngineAvailable")


def test_nobody_is_said_to_serve_who_was_not_asked() -> None:
    assert conditions(Observation(source=FOUND, rollout=UP))["Serving"] == ("False", "EngineProgressing")
    assert conditions(Observation(source=FOUND, rollout=COMING, pods=CRASHING))["Serving"] == ("False", "EngineCrashed")


def test_an_old_pod_that_serves_is_said_so_during_a_rollout() -> None:
    rolling = Rollout.of(deployment(1, ready=1, total=2))
    found = conditions(Observation(source=FOUND, answer=SERVES, rollout=rolling))
    assert found["Serving"] == ("True", "Serving")
    assert found["Ready"] == ("False", "EngineProgressing")


@pytest.mark.parametrize(
    ("sizing", "wanted"),
    [
        pytest.param(Sizing(True, "fits: 1 = 1"), ("True", "Fits"), id="it fits"),
        pytest.param(Sizing(False, "does not fit: 2 > 1"), ("False", "DoesNotFit"), id="it does not fit"),
        pytest.param(Sizing(None, "give card.parameters"), ("Unknown", "NotEstimated"), id="too little is known"),
    ],
)
def test_the_estimate_warns_and_never_blocks(sizing: Sizing, wanted: tuple[str, str]) -> None:
    seen = replace(UP_AND_SERVING, sizing=sizing)
    assert conditions(seen)["FitsAccelerator"] == wanted
    assert conditions(seen)["Ready"] == ("True", "Serving")
    assert (
        next(each for each in assess(seen, external=False) if each.type == "FitsAccelerator").message == sizing.message
    )


@pytest.mark.parametrize(
    ("answer", "source", "ready", "beside"),
    [
        pytest.param(SERVES, ("True", "SourceResolved"), ("True", "Serving"), None, id="a provider that serves"),
        pytest.param(
            SILENT,
            ("False", "ProviderUnreachable"),
            ("False", "ProviderUnreachable"),
            "Reconciling",
            id="a provider that is away",
        ),
        pytest.param(
            Answer("ProviderUnauthorized", "401"),
            ("False", "ProviderUnauthorized"),
            ("False", "ProviderUnauthorized"),
            "Stalled",
            id="a provider that refuses the key",
        ),
        pytest.param(
            Answer("WrongServedName", "n"),
            ("False", "WrongServedName"),
            ("False", "WrongServedName"),
            "Stalled",
            id="a provider that has no such model",
        ),
    ],
)
def test_a_provider(answer: Answer, source: tuple[str, str], ready: tuple[str, str], beside: str | None) -> None:
    named = external_answer(answer)
    found = conditions(Observation(source=find_external_source(named), answer=named), external=True)
    extra = {beside: ("True", ready[1])} if beside else {}
    assert found == {"Ready": ready, "SourceResolved": source, "Serving": ready, **extra}


def test_own_pods_that_ask_for_a_key_do_not_answer() -> None:
    assert own_answer(Answer("ProviderUnauthorized", "401")).fault == "EndpointNotAnswering"
    assert own_answer(SERVES) == SERVES


CLAIM: Manifest = {"status": {"phase": "Bound"}}


@pytest.mark.parametrize(
    ("claim", "pods", "status", "reason", "words"),
    [
        pytest.param(None, [], False, "SourceNotFound", "no PersistentVolumeClaim weights", id="no claim"),
        pytest.param({"status": {"phase": "Lost"}}, [], False, "SourceNotFound", "lost", id="a lost volume"),
        pytest.param({}, [], None, "SourceUnverified", "Pending", id="a claim that waits for its first pod"),
        pytest.param(CLAIM, [], None, "SourceUnverified", "Bound", id="a volume that nobody has looked into"),
        pytest.param(
            CLAIM,
            [pod(check={"state": {"terminated": ended(0)}})],
            True,
            "SourceResolved",
            "config.json",
            id="it is there",
        ),
        pytest.param(
            CLAIM,
            [pod(check={"state": {"terminated": ended(2, "the volume has no folder small\n")}})],
            False,
            "SourceNotFound",
            "the volume has no folder small",
            id="it is not there",
        ),
        pytest.param(
            CLAIM,
            [
                pod("old", check={"state": {"terminated": ended(2, "x")}}),
                pod("new", check={"state": {"terminated": ended(0)}}),
            ],
            True,
            "SourceResolved",
            "",
            id="the newest pod knows best",
        ),
    ],
)
def test_the_folder_of_the_weights(
    claim: Manifest | None, pods: list[dict[str, Any]], status: bool | None, reason: str, words: str
) -> None:
    source = model().spec.source.persistent_volume_claim
    assert source is not None
    found = find_folder(source, claim, [Pod.of(each) for each in pods])
    assert (found.status, str(found.reason)) == (status, reason)
    assert words in found.message
