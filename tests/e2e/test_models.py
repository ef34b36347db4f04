"""Models on a real node: changed under load, reached through another one, and wrong as people get them wrong."""

import json
import time
from typing import Any

import pytest

from tests.cluster.demo import ENGINE, MODEL, NAMESPACE, Installed
from tests.cluster.demo_client import Client
from tests.cluster.demo_install import SYSTEM
from tests.cluster.demo_watch import is_ready, wait_for
from tests.cluster.kubectl import Kubectl
from tests.cluster.progress import wait_until
from tests.support.e2e import Place, foundation_model, message, reason, request_loop, tiny_model

pytestmark = [pytest.mark.node, pytest.mark.timeout(1500)]


def open_model(**engine: object) -> dict[str, Any]:
    """A model that anybody may ask through the gateway."""
    model = tiny_model("rolled", **engine)
    model["spec"]["access"] = {"mode": "Public"}
    return model


def test_a_rollout_under_requests_loses_none_at_service_or_gateway(place: Place, installed: Installed) -> None:
    place.apply(open_model())
    before = place.wait_for_model("rolled", is_ready)["status"]
    client = Client(place.kubectl, place.namespace)
    client.start(installed.images["serving"].reference)
    pods = ("get", "pods", "-n", place.namespace, "-l", before["selector"], "-o", "name")
    old = place.kubectl(*pods).split()
    service = f"http://rolled.{place.namespace}.svc:8000/v1"
    with (
        request_loop(place.kubectl, place.namespace, service, "rolled") as direct,
        request_loop(place.kubectl, place.namespace, before["url"], before["servedName"]) as through,
    ):
        place.apply(open_model(env=[{"name": "CHANGED", "value": "yes"}]))
        wait_until("the old pod to be gone", lambda: not set(old) & set(place.kubectl(*pods).split()), seconds=600)
        place.wait_for_model("rolled", is_ready)
        ends = [loop.communicate(timeout=180) for loop in (direct, through)]
    for printed, problems in ends:
        counts = json.loads(printed or "{}")
        assert set(counts) == {"answered"}, (counts, problems)
        assert counts["answered"] > 20


def test_a_model_of_a_provider_serves_without_pods(place: Place, kubectl: Kubectl) -> None:
    wait_for(kubectl, MODEL, is_ready)
    key = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"key": "not-checked"}}
    provider = {
        "api": "OpenAI",
        "baseURL": f"{ENGINE}/v1",
        "model": MODEL.name,
        "apiKeySecretRef": {"name": "key", "key": "key"},
    }
    place.apply(key, foundation_model("bought", {"provider": provider}))
    bought = place.wait_for_model("bought", is_ready)
    assert reason(bought, "Serving")
    assert not kubectl.items("pods,deployments", "--namespace", place.namespace)


def test_a_provider_whose_key_is_missing_says_so(place: Place) -> None:
    provider = {"baseURL": f"{ENGINE}/v1", "model": "x", "apiKeySecretRef": {"name": "nobody", "key": "key"}}
    place.apply(foundation_model("keyless", {"provider": provider}))
    found = place.wait_for_model("keyless", lambda m: "nobody" in message(m))
    assert not is_ready(found)


def test_a_wrong_path_in_the_volume_is_named(place: Place) -> None:
    model = tiny_model("lost")
    model["spec"]["source"]["persistentVolumeClaim"]["path"] = "not/here"
    place.apply(model)
    found = place.wait_for_model("lost", lambda m: reason(m) == "SourceNotFound")
    assert "not/here" in message(found)


def test_a_crash_loop_is_told_with_the_last_line_of_the_engine(place: Place) -> None:
    place.apply(tiny_model("crashing", extraArgs=["--no-such-flag"]))
    found = place.wait_for_model("crashing", lambda m: reason(m) == "EngineCrashed")
    assert "--no-such-flag" in message(found)


def test_a_killed_operator_pod_does_not_keep_a_model_from_serving(place: Place, kubectl: Kubectl) -> None:
    leader = kubectl("get", "lease", "-n", SYSTEM, "-o", "jsonpath={.items[0].spec.holderIdentity}").split("_")[0]
    wait_for(kubectl, MODEL, is_ready)
    source = {"service": {"url": ENGINE, "model": MODEL.name}}
    kubectl("delete", "pod", leader, "-n", SYSTEM, "--grace-period=0", "--force")
    place.apply(foundation_model("other", source))
    begun = time.monotonic()
    place.wait_for_model("other", is_ready)
    print(f"served {time.monotonic() - begun:.1f} s after its leader was killed")
    wait_until("the quickstart's model", lambda: is_ready(MODEL.read(kubectl)))
    assert MODEL.namespace == NAMESPACE
