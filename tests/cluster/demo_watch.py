"""Waits for objects, and says all the while what is waited for and why it is not there yet."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from tests.cluster.demo_clock import show
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl

SILENCE_SECONDS = 10.0

Judge = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Target:
    """An object by its kind, as kubectl knows it, its name and its namespace."""

    kind: str
    name: str
    namespace: str

    def read(self, kubectl: Kubectl) -> dict[str, Any]:
        """The object as it is now."""
        return kubectl.json("get", self.kind, self.name, "--namespace", self.namespace)


def wait_for(kubectl: Kubectl, target: Target, done: Judge, seconds: float = 900.0) -> dict[str, Any]:
    """The object once `done` says so of it; its Ready condition is shown when it changes and every ten seconds.

    Raises ClusterError with the last Ready condition when the object is stalled, or when `seconds` have passed.
    """
    begun = told = time.monotonic()
    said = ""
    while True:
        now = time.monotonic()
        found = target.read(kubectl)
        text = describe(found)
        if text != said or now - told > SILENCE_SECONDS:
            show(f"  {now - begun:5.0f} s  {target.name}: {text}")
            said, told = text, now
        if done(found):
            return found
        if condition(found, "Stalled") == "True":
            raise ClusterError(f"{target.kind} {target.name} cannot go on: {text}")
        if now - begun > seconds:
            raise ClusterError(f"{target.kind} {target.name} was not there after {seconds:.0f} s: {text}")
        time.sleep(0.5)


def describe(found: dict[str, Any]) -> str:
    """Reason and message of Ready, or of a Deployment's Available."""
    status = found.get("status", {})
    conditions = {each["type"]: each for each in status.get("conditions", [])}
    told = conditions.get("Ready") or conditions.get("Available")
    if not told:
        return "nobody has looked at it yet"
    progress = f" ({status['progressText']})" if "progressText" in status else ""
    return f"{told['reason']}: {told.get('message', '')}{progress}"


def condition(found: dict[str, Any], wanted: str) -> str:
    """The status of a condition; Unknown when it is missing or about an older version of the object."""
    for each in found.get("status", {}).get("conditions", []):
        if each["type"] == wanted and each.get("observedGeneration") == found["metadata"]["generation"]:
            return str(each["status"])
    return "Unknown"


def is_ready(found: dict[str, Any]) -> bool:
    """Whether Ready is true of the object as it is now."""
    return condition(found, "Ready") == "True"


def is_rolled_out(deployment: dict[str, Any]) -> bool:
    """Whether every pod of a Deployment is of its newest version and available, and no other is left."""
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    return status.get("observedGeneration") == deployment["metadata"]["generation"] and counts == [wanted] * 3


def has_measured(model: dict[str, Any]) -> Judge:
    """A judge of runs: complete, and on the version of the model that serves now."""
    revisions = FoundationModel.parse(model).status.revisions
    active = revisions.active if revisions else ""

    def judge(found: dict[str, Any]) -> bool:
        name = model["metadata"]["name"]
        measured = {r.revision for r in EvaluationRun.parse(found).status.results if r.model == name}
        return condition(found, "Complete") == "True" and measured == {active}

    return judge
