"""Evaluations on a real control plane: real Jobs, pods whose ends a test decides, and the real runner on demand."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from fmops_api import API_VERSION
from fmops_operator.status.job import JOB_LABEL
from fmops_serving.evaluate.runner import main
from tests.cluster.errors import ClusterError
from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import catalog_manifest, run_manifest
from tests.support.api import Api, path_of
from tests.support.openai_server import Asked, Behaviour, Says, Status, Whole
from tests.support.operator_process import Operator

_INDEX = "batch.kubernetes.io/job-completion-index"
_KINDS = {
    "er": (API_VERSION, "EvaluationRun"),
    "pc": (API_VERSION, "PromptCatalog"),
    "fm": (API_VERSION, "FoundationModel"),
    "job": ("batch/v1", "Job"),
    "pod": ("v1", "Pod"),
    "configmap": ("v1", "ConfigMap"),
    "event": ("v1", "Event"),
    "resourcequota": ("v1", "ResourceQuota"),
    "persistentvolumeclaim": ("v1", "PersistentVolumeClaim"),
}


@dataclass(frozen=True)
class Stage:
    """What the tests share."""

    api: Api
    namespace: str
    operator: Operator
    user: str
    """The operator's name in the audit log."""


def answer(asked: Asked) -> Behaviour:
    """Right for even tickets, wrong for odd ones; out of order for prompts that say so."""
    if asked.prompt == "out of order":
        return Status(500)
    return Whole("pong") if asked.prompt == "ping" else Says("billing")


@dataclass(frozen=True)
class Bench:
    """One run and one catalogue of a test, in a namespace that tests share."""

    api: Api
    namespace: str
    run: str
    catalog: str

    def path(self, kind: str, name: str = "") -> str:
        """Give the URL path of an object."""
        return path_of(*_KINDS[kind], self.namespace, name)

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        """Apply objects."""
        for manifest in manifests:
            self.api.apply(manifest, self.namespace)

    def apply_model(self, name: str, url: str, labels: Mapping[str, str] | None = None, **spec: Any) -> None:
        """Declare a model that somebody else serves at `url` (with /v1)."""
        source = {"service": {"url": url.removesuffix("/v1"), "model": "tiny"}}
        metadata = {"name": name, "labels": dict(labels or {})}
        manifest = {"apiVersion": API_VERSION, "kind": "FoundationModel", "metadata": metadata}
        self.apply({**manifest, "spec": {"task": "Chat", "source": source, **spec}})

    def apply_catalog(self, spec: Mapping[str, Any] | None = None) -> None:
        """Declare the catalogue; `spec` replaces fields."""
        self.apply({**catalog_manifest(spec), "metadata": {"name": self.catalog}})

    def apply_run(self, spec: Mapping[str, Any] | None = None) -> None:
        """Declare the run; `spec` replaces fields, None removes one."""
        manifest = run_manifest({"catalog": {"name": self.catalog}, **(spec or {})})
        given = {name: value for name, value in manifest["spec"].items() if value is not None}
        self.apply({**manifest, "metadata": {"name": self.run}, "spec": given})

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Give one object."""
        return self.api.request("GET", self.path(kind, name))

    def delete(self, kind: str, name: str) -> None:
        """Delete an object, and wait until it is gone."""
        path = self.path(kind, name)
        before = self.get(kind, name)["metadata"]["uid"]
        self.api.request("DELETE", path, {"propagationPolicy": "Background"})

        def gone() -> bool:
            found = self.api.find(path)
            return found is None or found["metadata"]["uid"] != before

        wait_until(f"{kind} {name} to be gone", gone)

    def status(self, kind: str = "er", name: str = "") -> dict[str, Any]:
        """Give the status of the run, or of another object."""
        status: dict[str, Any] = self.get(kind, name or self.run).get("status", {})
        return status

    def condition(self, condition: str, kind: str = "er", name: str = "") -> tuple[str, str, str]:
        """Give status, reason and message of a condition that is about the object as it stands."""
        found = self.get(kind, name or self.run)
        for each in found.get("status", {}).get("conditions", ()):
            if each["type"] == condition and each.get("observedGeneration") == found["metadata"]["generation"]:
                return each["status"], each["reason"], each.get("message", "")
        return "", "", ""

    def wait_for(self, condition: str, reason: str, kind: str = "er", name: str = "") -> tuple[str, str]:
        """Wait until a condition gives this reason; gives its status and message."""
        self.wait(f"{condition} with {reason}", lambda: self.condition(condition, kind, name)[1] == reason, kind, name)
        status, _, message = self.condition(condition, kind, name)
        return status, message

    def wait(self, what: str, probe: Callable[[], bool], kind: str = "er", name: str = "") -> None:
        """Wait; when it is in vain, the status at the end is told."""
        try:
            wait_until(what, probe)
        except ClusterError as error:
            shown = json.dumps(self.status(kind, name), indent=1)
            raise AssertionError(f"{error}; {kind} {name or self.run} has status\n{shown}") from error

    def _owned(self, kind: str, more: str = "") -> list[dict[str, Any]]:
        return self.api.items(self.path(kind), f"fmops.dev/evaluationrun={self.run}{more}")

    def jobs(self) -> list[str]:
        """Name the Jobs of the run."""
        return [each["metadata"]["name"] for each in self._owned("job")]

    def job(self) -> dict[str, Any]:
        """Wait for the one Job of the run and give it."""
        found: list[dict[str, Any]] = []

        def one() -> bool:
            found[:] = self._owned("job")
            return len(found) == 1

        self.wait("one Job", one)
        return found[0]

    def pods_of(self, job: str) -> list[dict[str, Any]]:
        """Give the pods of a Job that have not ended."""
        return open_pods(self._owned("pod"), [job])

    def bundles(self) -> list[str]:
        """Name the bundles of the catalogue, oldest first."""
        found = self.api.items(self.path("configmap"), f"fmops.dev/promptcatalog={self.catalog}")
        return [each["metadata"]["name"] for each in found]

    def plans(self) -> list[str]:
        """Name the plans of the run."""
        return [each["metadata"]["name"] for each in self._owned("configmap")]

    def events(self, reason: str) -> list[str]:
        """Give the messages of Events of the run with a reason."""
        found = self.api.items(self.path("event"))
        return [e["message"] for e in found if (e["reason"], e["involvedObject"]["name"]) == (reason, self.run)]

    def pods(self, index: int = 0) -> list[dict[str, Any]]:
        """Give the pods of an index that have not ended."""
        return open_pods(self._owned("pod", f",{_INDEX}={index}"), self.jobs())

    def pod(self, index: int = 0) -> dict[str, Any]:
        """Wait for the pod of an index that has not ended, and give it."""
        self.wait(f"a pod of index {index}", lambda: bool(self.pods(index)))
        return self.pods(index)[-1]

    def end_pod(self, index: int, code: int, message: str) -> None:
        """End the pod of an index as the kubelet would, with exit status and termination message."""
        terminated = {
            "exitCode": code,
            "reason": "Completed" if code == 0 else "Error",
            "message": message,
            "startedAt": "2026-01-01T00:00:00Z",
            "finishedAt": "2026-01-01T00:01:00Z",
        }
        container = {"name": "runner", "image": "i", "imageID": "i", "ready": False, "restartCount": 0}
        statuses = [{**container, "state": {"terminated": terminated}}]
        self.set_pod_status(index, {"phase": "Failed" if code else "Succeeded", "containerStatuses": statuses})

    def set_pod_status(self, index: int, status: Mapping[str, Any]) -> None:
        """Say what the kubelet would say of the pod of an index."""
        self.api.merge(f"{self.path('pod', self.pod(index)['metadata']['name'])}/status", {"status": status})

    def measure(self, index: int = 0, model: str = "small", value: str = "0.70", **ends: str) -> None:
        """End the pod of an index with a summary of two figures; `ends` are another low and high."""
        results = [
            {"model": model, "metric": "label", "value": value, "low": "0.60", "high": "0.80", "n": 6, **ends},
            {"model": model, "metric": "coverage", "value": "1", "n": 6},
        ]
        self.end_pod(index, 0, json.dumps({"model": model, "results": results, "answered": 6, "total": 6, "rows": "x"}))

    def play(
        self, folder: Path, index: int = 0, environment: Mapping[str, str] | None = None, more: Sequence[str] = ()
    ) -> int:
        """Carry out the real runner with what the pod of an index would mount, and end the pod as it ended."""
        spec = self.pod(index)["spec"]
        arguments = spec["containers"][0]["args"]
        for volume in (v for v in spec["volumes"] if "configMap" in v):
            for key, text in self.get("configmap", volume["configMap"]["name"])["data"].items():
                (folder / key).write_text(text)
        summary = folder / f"termination-{index}"
        given = ["--plan", folder / "plan.json", "--bundle", folder / "bundle.json", "--sink", folder / "sink"]
        given += ["--summary", summary, *arguments[arguments.index("--sink") + 2 :], *more]
        around = {"JOB_COMPLETION_INDEX": str(index), **(environment or {})}
        ended = CliRunner().invoke(main, [str(part) for part in given], env=around, prog_name="fmops")
        assert isinstance(ended.exception, SystemExit | None), ended.exception
        self.end_pod(index, ended.exit_code, summary.read_text() if summary.exists() else "")
        return ended.exit_code


def open_pods(pods: Sequence[Mapping[str, Any]], jobs: Sequence[str]) -> list[dict[str, Any]]:
    """Keep the pods of these Jobs that have not ended; a pod outlives a deleted Job by a moment, and is none."""
    theirs = [dict(pod) for pod in pods if pod["metadata"]["labels"][JOB_LABEL] in jobs]
    return [pod for pod in theirs if pod.get("status", {}).get("phase") not in {"Succeeded", "Failed"}]
