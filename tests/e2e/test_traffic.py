"""Steady traffic on a real node while the model, its rails, the gateway and the operator change: nothing is lost."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cluster.demo import Installed
from tests.cluster.demo_client import Client
from tests.cluster.demo_gateway import INSULT, RULE
from tests.cluster.demo_install import GATEWAY, SYSTEM
from tests.cluster.demo_watch import is_ready, is_rolled_out, wait_for
from tests.cluster.kubectl import Kubectl
from tests.cluster.progress import wait_until
from tests.support.e2e import Place, tiny_model
from tests.support.traffic import Ask
from tests.support.traffic_pod import PodTraffic, pod_traffic
from tests.support.traffic_scene import BLOCKED, RAILS, UNKNOWN

pytestmark = [pytest.mark.node, pytest.mark.long, pytest.mark.timeout(1800)]
KEY = "sk-lasting"
REPLICAS = 2
GOOD = ("chat 200", "stream 200", "insult 400 content_filter", "insulted 200", "stranger 401 invalid_api_key")


def lasting(version: str, rails: list[dict[str, Any]]) -> dict[str, Any]:
    """A model of two pods, picked by the beginning of prompts, behind a key and guard rails."""
    model = tiny_model("lasting", env=[{"name": "VERSION", "value": version}])
    key = {"name": "web", "secretRef": {"name": "lasting-key", "key": "key"}}
    model["spec"] |= {"replicas": REPLICAS, "balancing": {"strategy": "PrefixAffinity"}}
    model["spec"] |= {"guardrails": rails, "access": {"keys": [key]}}
    return model


def is_whole(model: dict[str, Any]) -> bool:
    """Whether every pod serves, and no other is there."""
    status = model["status"]
    return is_ready(model) and (status.get("replicas"), status.get("readyReplicas")) == (REPLICAS, REPLICAS)


def asks(model: str) -> list[Ask]:
    """Chats whose answers the engine is made to give, insults both ways, and a key that nobody knows."""
    told: dict[str, Any] = {"model": model, "key": KEY, "text": "NONCE: what did you hear?", "says": "I heard NONCE."}
    told["more"] = {"max_tokens": 60, "structured_outputs": {"choice": ["I heard NONCE."]}}
    rude = {"max_tokens": 120, "structured_outputs": {"regex": RULE}}
    never, ends = ("stupid", "hates"), ("content_filter",)
    return [
        Ask("chat", **told),
        Ask("stream", **told, stream=True),
        Ask("stranger", **{**told, "key": "sk-guessed"}, expect=UNKNOWN),
        Ask("insult", model, f"NONCE: {INSULT}", KEY, expect=BLOCKED),
        Ask("insulted", model, "NONCE: how is the weather?", KEY, stream=True, never=never, ends=ends, more=rude),
    ]


def evict(kubectl: Kubectl, namespace: str, pod: str) -> None:
    """Ask for a pod's eviction, as `kubectl drain` does, and wait until it is gone."""
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction"
    kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))
    kubectl("wait", "--for=delete", f"pod/{pod}", "-n", namespace, "--timeout=180s", timeout=190)


def pods(kubectl: Kubectl, namespace: str, selector: str) -> list[str]:
    """Names of the pods."""
    return [each["metadata"]["name"] for each in kubectl.items("pods", "-n", namespace, "-l", selector)]


def test_nothing_is_lost_or_let_through_while_pods_come_and_go(place: Place, installed: Installed) -> None:
    kubectl = place.kubectl
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "lasting-key"}, "stringData": {"key": KEY}}
    place.apply(secret, lasting("1", RAILS))
    status = place.wait_for_model("lasting", is_whole)["status"]
    client = Client(kubectl, place.namespace)
    client.start(installed.images["serving"].reference)
    url = urlsplit(status["url"])
    address = (str(url.hostname), url.port or 80)
    with pod_traffic(client, [address], asks(status["servedName"]), clients=1, pause=1.0) as driver:
        driver.until(*GOOD)
        roll_out(place, driver, status["selector"])
        change_rails_without_the_leader(place, driver)
        evict_an_engine(place, driver, status["selector"])
        change_gateways(kubectl, driver)
    print(driver.tally)
    assert driver.tally.told == []


def roll_out(place: Place, driver: PodTraffic, selector: str) -> None:
    """Let other pods take the place of all."""
    old = set(pods(place.kubectl, place.namespace, selector))
    place.apply(lasting("2", RAILS))
    wait_until(
        "the old pods to be gone", lambda: not old & set(pods(place.kubectl, place.namespace, selector)), seconds=600
    )
    place.wait_for_model("lasting", is_whole)
    driver.until(*GOOD)


def change_rails_without_the_leader(place: Place, driver: PodTraffic) -> None:
    """Take a rail away that the other makes up for, and the operator that is to do it."""
    kubectl = place.kubectl
    lease = kubectl.items("lease", "-n", SYSTEM)[0]
    leader = lease["spec"]["holderIdentity"].split("_")[0]
    place.apply(lasting("2", RAILS[1:]))
    kubectl("delete", "pod", leader, "-n", SYSTEM, "--grace-period=0", "--force")
    generation = place.model("lasting").read(kubectl)["metadata"]["generation"]
    place.wait_for_model("lasting", lambda found: found["status"]["observedGeneration"] >= generation)
    driver.until(*GOOD)


def evict_an_engine(place: Place, driver: PodTraffic, selector: str) -> None:
    """Evict one of the model's pods while the other serves."""
    evict(place.kubectl, place.namespace, pods(place.kubectl, place.namespace, selector)[0])
    place.wait_for_model("lasting", is_whole)
    driver.until(*GOOD)


def change_gateways(kubectl: Kubectl, driver: PodTraffic) -> None:
    """Roll the gateway's Deployment, then evict one of its pods."""
    kubectl("rollout", "restart", f"deployment/{GATEWAY.name}", "-n", SYSTEM)
    wait_for(kubectl, GATEWAY, is_rolled_out, seconds=300)
    driver.until(*GOOD)
    evict(kubectl, SYSTEM, pods(kubectl, SYSTEM, "app.kubernetes.io/component=gateway")[0])
    wait_for(kubectl, GATEWAY, is_rolled_out, seconds=300)
    driver.until(*GOOD)
