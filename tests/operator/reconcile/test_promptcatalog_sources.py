"""Sources that a Job reads, on a real control plane: the programs are the real ones, pods are played."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench, open_pods

CLAIM = "evals"


class Shelf:
    """A catalogue whose set `golden` stands in a file of a volume, and the folder that stands for the volume."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        self.folder = folder
        self.claim = f"evals-{bench.catalog}"

    def write(self, count: int, **more: str) -> None:
        examples = ({"id": f"e{n}", "input": f"ticket {n}", "label": "billing", **more} for n in range(count))
        (self.folder / "a.jsonl").write_text("".join(json.dumps(example) + "\n" for example in examples))

    def apply_claim(self) -> None:
        spec = {"accessModes": ["ReadOnlyMany"], "resources": {"requests": {"storage": "1Mi"}}}
        metadata = {"name": self.claim}
        self.bench.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})

    def apply(self, path: str = "a.jsonl") -> None:
        where = {"claimName": self.claim, "path": path}
        self.bench.apply_catalog(
            {
                "sources": [{"name": "disk", "persistentVolumeClaim": where}],
                "exampleSets": [{"name": "golden", "source": "disk", "labels": ["billing", "refund"]}],
            }
        )

    def wait_for(self, reason: str) -> str:
        return self.bench.wait_for("Ready", reason, "pc", self.bench.catalog)[1]

    def status(self) -> dict[str, Any]:
        return self.bench.status("pc", self.bench.catalog)

    def jobs(self) -> list[str]:
        found = self.bench.api.items(self.bench.path("job"), f"fmops.dev/promptcatalog={self.bench.catalog}")
        return [each["metadata"]["name"] for each in found]

    def pods(self) -> list[dict[str, Any]]:
        found = self.bench.api.items(self.bench.path("pod"), f"fmops.dev/promptcatalog={self.bench.catalog}")
        return open_pods(found, self.jobs())

    def pod(self) -> dict[str, Any]:
        self.bench.wait("a pod that reads", lambda: bool(self.pods()), "pc", self.bench.catalog)
        return self.pods()[-1]

    def set_pod_status(self, **status: Any) -> None:
        path = self.bench.path("pod", self.pod()["metadata"]["name"])
        self.bench.api.merge(f"{path}/status", {"status": status})

    def end_pod(self, code: int, message: str) -> None:
        moments = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:01:00Z"}
        terminated = {"exitCode": code, "reason": "Error" if code else "Completed", "message": message, **moments}
        container = {"name": "runner", "image": "i", "imageID": "i", "ready": False, "restartCount": 0}
        statuses = [{**container, "state": {"terminated": terminated}}]
        self.set_pod_status(phase="Failed" if code else "Succeeded", containerStatuses=statuses)

    def play(self) -> int:
        """Run the real program with what the pod would mount, and end the pod as it ended."""
        container = self.pod()["spec"]["containers"][0]
        summary = self.folder / "termination"
        command = [sys.executable, *container["command"][1:], *container["args"]]
        command += ["--volume", f"{self.claim}={self.folder}", "--summary", str(summary)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        self.end_pod(ended.returncode, summary.read_text())
        return ended.returncode


@pytest.fixture
def shelf(bench: Bench, tmp_path: Path) -> Shelf:
    shelf = Shelf(bench, tmp_path)
    shelf.write(3)
    return shelf


def test_a_file_of_a_volume_is_read_by_a_job_and_measured_by_runners_while_it_stays_the_same(
    shelf: Shelf, bench: Bench, tmp_path: Path
) -> None:
    shelf.wait_for("Bundled")
    (inline,) = bench.bundles()
    shelf.apply()
    message = shelf.wait_for("SourceNotFound")
    assert (
        f"spec.sources[disk].persistentVolumeClaim.claimName: there is no PersistentVolumeClaim {shelf.claim}"
        in message
    )
    assert (message.endswith(f"; in force stays {inline}"), shelf.jobs()) == (True, [])

    shelf.apply_claim()
    shelf.wait_for("Resolving")
    (job,) = shelf.jobs()
    assert shelf.play() == 0
    assert shelf.wait_for("Bundled").endswith("2 templates, 0 rubrics, 3 examples")
    (read,) = shelf.status()["sources"]
    assert (read["name"], read["entries"], read["holdings"]["labelled"]) == ("disk", 3, 3)
    assert bench.get("job", job)["spec"]["ttlSecondsAfterFinished"] == 86400
    bundle = bench.get("configmap", shelf.status()["bundle"]["configMap"])
    assert "ticket 1" not in bundle["data"]["bundle.json"]

    shelf.write(4)
    bench.apply_run()
    more = ["--volume", f"{shelf.claim}={tmp_path}"]
    assert bench.play(tmp_path, more=more) == 2
    bench.wait("another Job", lambda: len(shelf.jobs()) == 2, "pc", bench.catalog)
    assert (
        "the source disk changed since the catalogue read it: it holds 4" in bench.wait_for("Ready", "SourceChanged")[1]
    )
    first = bench.status()["inputsHash"]
    assert shelf.play() == 0
    bench.wait("other inputs", lambda: bench.status()["inputsHash"] != first)
    assert bench.play(tmp_path, more=more) == 0
    bench.wait_for("Ready", "Measured")
    assert bench.status()["progressText"] == "4/4"


def test_what_goes_wrong_with_a_source_is_told_and_the_last_bundle_stays_in_force(shelf: Shelf, bench: Bench) -> None:
    shelf.wait_for("Bundled")
    (before,) = bench.bundles()
    shelf.apply_claim()
    shelf.apply("absent.jsonl")
    shelf.wait_for("Resolving")
    waiting = {"reason": "CreateContainerConfigError", "message": 'secret "s3" not found'}
    container = {"name": "runner", "image": "i", "imageID": "i", "ready": False, "restartCount": 0}
    shelf.set_pod_status(phase="Pending", containerStatuses=[{**container, "state": {"waiting": waiting}}])
    assert 'secret "s3" not found' in shelf.wait_for("SourceUnauthorized")
    assert shelf.play() == 2
    message = shelf.wait_for("SourceNotFound")
    assert message.startswith("spec.sources[disk].persistentVolumeClaim.path: the volume has no file absent.jsonl")
    (failed,) = shelf.jobs()

    # The Job of a failed try goes after a while; the next one tries again, and meanwhile its word stands.
    bench.delete("job", failed)
    bench.wait("another try", lambda: bool(shelf.pods()), "pc", bench.catalog)
    assert shelf.jobs() == [failed]
    assert bench.condition("SourcesResolved", "pc", bench.catalog)[:2] == ("False", "SourceNotFound")

    shelf.write(2, label="biling")
    shelf.apply()
    bench.wait("the Job of before to go", lambda: failed not in shelf.jobs(), "pc", bench.catalog)
    shelf.wait_for("Resolving")
    assert shelf.play() == 2
    message = shelf.wait_for("SourceUnreadable")
    assert (
        "spec.sources[disk] line 1: label 'biling' is not among the labels of its example sets; did you mean" in message
    )
    assert message.endswith(f"; in force stays {before}")
    assert bench.condition("Stalled", "pc", bench.catalog)[0] == "True"
    assert shelf.status()["bundle"]["configMap"] == before
