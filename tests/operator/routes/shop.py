"""What is declared and played while traffic runs from a FoundationModel to its answers."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fmops_api.route import Route
from fmops_operator.desired import vllm
from tests.cluster.progress import wait_until
from tests.operator.routes.door import Door
from tests.operator.routes.gateway_stage import GatewayStage
from tests.support.model_stage import Stage
from tests.support.traffic_scene import RAILS

PROCESS = f"{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
OLD, NEW = f"127.101.{PROCESS}", f"127.102.{PROCESS}"
"""Addresses of pods, on loopback and of this process alone: a pod's engine listens on a port that nobody chooses."""
BLOCKED = ("insult 400 content_filter", "insulted 200", "insulted in a stream 200")
SERVED = ("chat 200", "stream 200", "other 200")


@dataclass(frozen=True)
class Shop:
    """A model whose pods are played, with the keys web and rude, and beside it one of somebody else without rails."""

    stage: Stage
    gateway: GatewayStage
    replicas: int = 1

    @property
    def model(self) -> str:
        """What clients call it."""
        return f"{self.stage.namespace}/{self.stage.name}"

    def open(self, door: Door, other: str, *addresses: str) -> None:
        """Declare both, let the first one's pods be ready, and wait until the gateway serves them."""
        self.keys(web="sk-old", rude="sk-rude", other="sk-other")
        self.stage.make_claim()
        self.apply(RAILS)
        for address in addresses or (OLD,):
            self.add_pod(address)
        beta = Stage(self.stage.theatre, self.stage.namespace, f"{self.stage.name}-other")
        beta.apply(
            source={"service": {"url": other.removesuffix("/v1"), "model": "beta"}},
            access={"keys": [self._key("other")]},
        )
        self.gateway.wait_for("its key", beta.name, lambda route: len(route.access.keys) == 1)
        answered(door, self.model, "sk-old")
        answered(door, f"{self.model}-other", "sk-other")

    def keys(self, **texts: str) -> None:
        """Write the Secret with the keys' texts."""
        self.stage.make("Secret", f"{self.stage.name}-keys", stringData=texts)

    def apply(self, rails: list[dict[str, Any]], version: str = "1", keys: tuple[str, ...] = ("web", "rude")) -> None:
        """Declare the model; another version is another pod."""
        self.stage.apply(
            engine={"env": [{"name": "VERSION", "value": version}]},
            replicas=self.replicas,
            guardrails=rails,
            access={"keys": [self._key(name) for name in keys]},
        )

    def add_pod(self, address: str) -> str:
        """Let a pod that has no address yet be ready at this one, wait until the route says so, and name it."""

        def fresh() -> list[str]:
            return [each["metadata"]["name"] for each in self.stage.pods() if "podIP" not in each.get("status", {})]

        wait_until("a pod without an address", lambda: bool(fresh()), seconds=60)
        pod, *_ = fresh()
        self.stage.play(pod, {"podIP": address, "podIPs": [{"ip": address}]})
        self.stage.play_ready(pod)
        self.wait_for("the pod", lambda route: root(address) in route.backends[0].urls)
        return pod

    def pod_at(self, address: str) -> str:
        """Name the pod at an address."""
        return next(str(p["metadata"]["name"]) for p in self.stage.pods() if p["status"].get("podIP") == address)

    def place(self, pod: str, node: str) -> None:
        """Bind a pod to a node, as a scheduler does: one without a node is gone as soon as it is told to leave."""
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod}, "target": target}
        self.stage.theatre.api.request("POST", f"{self.stage.path('Pod', pod)}/binding", binding)

    def evict(self, pod: str) -> None:
        """Ask for a pod's eviction. Raises RefusedError, with code 429 when the disruption budget is spent."""
        metadata = {"name": pod, "namespace": self.stage.namespace}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        self.stage.theatre.api.request("POST", f"{self.stage.path('Pod', pod)}/eviction", eviction)

    def wait_for(self, what: str, there: Callable[[Route], bool]) -> None:
        """Wait until the route in the gateway's namespace is so."""
        self.gateway.wait_for(what, self.stage.name, there)

    def _key(self, name: str) -> dict[str, Any]:
        return {"name": name, "secretRef": {"name": f"{self.stage.name}-keys", "key": name}}


def root(address: str) -> str:
    """Give the root of a pod's API."""
    return f"http://{address}:{vllm.PORT}/v1"


def answered(door: Door, model: str, key: str) -> None:
    """Wait until the gateway serves a model."""
    wait_until(f"an answer of {model}", lambda: door.ask(model, key, stream=False)[0] == 200, seconds=60)
