"""Routes on a real control plane: live with pods and keys, gone with the model, written only when different."""

import pytest

from fmops_api import API_VERSION
from fmops_operator.desired.route import route_name
from fmops_operator.manifest import Key
from tests.cluster.audit import AuditFilter
from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import RUBRIC, catalog_manifest
from tests.operator.routes.gateway_stage import URL, GatewayStage, digest
from tests.support.api import path_of
from tests.support.model_stage import Stage

pytestmark = pytest.mark.cluster

RAIL = {"name": "toxicity", "detector": "Toxicity"}
MOMENT = 5.0
"""Seconds for what takes one on a machine that nobody else uses; probes and resyncs take longer."""


def key(stage: Stage, name: str = "web") -> dict[str, object]:
    return {"name": name, "secretRef": {"name": f"{stage.name}-keys", "key": name}}


def serve(stage: Stage, address: str) -> str:
    """Let the model's pod be ready at an address."""
    wait_until("a pod", lambda: bool(stage.pods()), seconds=120)
    pod: str = stage.pods()[0]["metadata"]["name"]
    stage.play_ready(pod)
    stage.play(pod, {"podIP": address, "podIPs": [{"ip": address}]})
    return pod


def test_a_model_with_its_pods_keys_and_rails_from_the_first_to_the_last_day(
    stage: Stage, gateway: GatewayStage
) -> None:
    stage.make("Secret", f"{stage.name}-keys", stringData={"web": "sk-one\n"})
    stage.make_claim()
    stage.apply(access={"keys": [key(stage)]}, guardrails=[RAIL])
    gateway.wait_for("the key", stage.name, lambda r: [k.digest for k in r.access.keys] == [digest("sk-one")])
    route = gateway.route(stage.name)
    assert route is not None
    assert [rail.name for rail in route.guardrails] == ["toxicity"]
    assert (route.namespace, route.backends[0].model, route.backends[0].urls) == (stage.namespace, stage.name, [])
    gateway.wait_for("the revision", stage.name, lambda r: bool(r.backends[0].revision))

    # The model does not answer (the outside world gives 502), so that looks at it are slow; routes are not.
    pod = serve(stage, "10.9.0.7")
    took = gateway.wait_for("the pod", stage.name, lambda r: r.backends[0].urls == ["http://10.9.0.7:8000/v1"], MOMENT)
    stage.play(pod, {"conditions": [{"type": "Ready", "status": "False"}]})
    left = gateway.wait_for("no pod", stage.name, lambda r: r.backends[0].urls == [], MOMENT)
    print(f"an address comes {took:.2f} s after its pod is ready, and goes {left:.2f} s after it is not")

    status = stage.status()
    assert (status["url"], status["servedName"]) == (URL, f"{stage.namespace}/{stage.name}")
    assert "1 key, behind 1 guard rail" in stage.wait_for("Routed", "True", "Routed")["message"]

    stage.make("Secret", f"{stage.name}-keys", stringData={"web": "sk-two"})
    gateway.wait_for("the new key", stage.name, lambda r: [k.digest for k in r.access.keys] == [digest("sk-two")])
    assert "sk-" not in str(gateway.route(stage.name))

    stage.delete("FoundationModel")
    wait_until("the route to go", lambda: gateway.route(stage.name) is None, seconds=30)


def test_a_key_that_is_missing_is_named_and_the_others_open(stage: Stage, gateway: GatewayStage) -> None:
    root = f"http://{stage.name}.other.svc:8000"
    stage.theatre.outside.serve_model(f"{root}/v1", "theirs")
    stage.make("Secret", f"{stage.name}-keys", stringData={"web": "sk-one"})
    stage.apply(
        source={"service": {"url": root, "model": "theirs"}}, access={"keys": [key(stage), key(stage, "batch")]}
    )
    found = stage.wait_for("Routed", "False", "KeyNotFound", "access.keys[batch]")
    assert f"Secret {stage.name}-keys has no key batch" in found["message"]
    gateway.wait_for("one key", stage.name, lambda r: [k.name for k in r.access.keys] == ["web"])
    assert stage.conditions()["Serving"]["status"] == "True"
    stage.make("Secret", f"{stage.name}-keys", stringData={"web": "sk-one", "batch": "sk-batch"})
    stage.look_again()
    stage.wait_for("Routed", "True", "Routed", "2 keys")
    gateway.wait_for("both", stage.name, lambda r: [k.name for k in r.access.keys] == ["web", "batch"])

    [secret] = gateway.kept("Secret", "model", stage.name)
    path = path_of("v1", "Secret", gateway.routes, secret["metadata"]["name"])
    gateway.theatre.api.request("DELETE", path)
    gateway.wait_for("the route that a hand removed", stage.name, lambda r: len(r.access.keys) == 2)


def test_a_guard_model_is_named_when_it_is_missing_and_in_the_route_when_it_serves(
    stage: Stage, gateway: GatewayStage
) -> None:
    name = f"{stage.name}-guard"
    root = f"http://{name}.other.svc:8000"
    gateway.theatre.outside.serve_model(f"{root}/v1", "theirs")
    guard = {"model": {"name": name}, "style": "LlamaGuard"}
    rail = {"name": "judge", "detector": "GuardModel", "guardModel": guard, "timeout": "5s"}
    remote = {"url": "http://d:8000", "detector": "x", "apiKeySecretRef": {"name": f"{stage.name}-keys", "key": "d"}}
    stage.make("Secret", f"{stage.name}-keys", stringData={"d": "detector-key"})
    rails = [rail, {"name": "there", "detector": "Remote", "remote": remote}]
    stage.apply(source={"service": {"url": root, "model": "theirs"}}, access={"mode": "Public"}, guardrails=rails)
    stage.wait_for("Guarded", "False", "GuardModelNotFound", f"there is no FoundationModel {name}")
    gateway.wait_for("the key", stage.name, lambda r: [e.api_key for e in r.rail_endpoints] == ["detector-key"])
    Stage(gateway.theatre, gateway.namespace, name).apply(source={"service": {"url": root, "model": "theirs"}})
    stage.wait_for("Guarded", "True", "Guarded")
    ends = {"judge": (f"{root}/v1", "theirs"), "there": ("http://d:8000", None)}
    gateway.wait_for("both", stage.name, lambda r: {e.rail: (e.url, e.model) for e in r.rail_endpoints} == ends)
    stage.apply(source={"service": {"url": root, "model": "theirs"}}, guardrails=[{**RAIL, "classifier": "hap"}])
    stage.wait_for("Guarded", "False", "ClassifierNotFound", "the gateway has no classifier hap (it has none)")
    stage.wait_for("Serving", "True", "Serving")


def test_what_is_in_the_way_of_a_route_is_named_and_not_taken(stage: Stage, gateway: GatewayStage) -> None:
    api, theirs = gateway.theatre.api, route_name(Key("FoundationModel", gateway.namespace, stage.name))
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": theirs}, "stringData": {"a": "b"}}
    api.apply(manifest, gateway.routes)
    stage.apply(source={"provider": {"baseURL": f"http://{stage.name}.example/v1", "model": "m"}})
    stage.wait_for("Routed", "False", "RouteRefused", f"Secret {theirs} is there already")
    path = path_of("v1", "Secret", gateway.routes, theirs)
    assert list(api.request("GET", path)["data"]) == ["a"]
    api.request("DELETE", path)
    stage.look_again()
    stage.wait_for("Routed", "False", "NoKeys")
    assert gateway.route(stage.name) is not None


def test_the_copy_of_a_bundle_goes_with_its_catalogue_and_its_digest(gateway: GatewayStage) -> None:
    api, path = gateway.theatre.api, path_of(API_VERSION, "PromptCatalog", gateway.namespace, "tickets")

    def current() -> str:
        return str(api.request("GET", path).get("status", {}).get("digest"))

    api.apply({**catalog_manifest(), "metadata": {"name": "tickets"}}, gateway.namespace)
    wait_until("the first copy", lambda: gateway.bundles("tickets") == [current()], seconds=60)
    first = current()
    [copy] = gateway.kept("ConfigMap", "prompts", "tickets")
    assert copy["immutable"] is True
    assert "classify" in str(copy["data"]) or copy.get("binaryData")
    api.merge(path, {"spec": {"rubrics": [RUBRIC]}})
    wait_until("the next copy", lambda: current() != first and gateway.bundles("tickets") == [current()], seconds=60)
    api.request("DELETE", path)
    wait_until("no copy", lambda: gateway.bundles("tickets") == [], seconds=30)


def test_what_goes_while_the_operator_is_away_goes_from_the_gateway_and_a_restart_writes_nothing_else(
    stage: Stage, gateway: GatewayStage
) -> None:
    theatre, operator = gateway.theatre, gateway.theatre.operator
    names = [f"{stage.name}-stays", f"{stage.name}-goes"]
    for name in names:
        root = f"http://{name}.other.svc:8000"
        theatre.outside.serve_model(f"{root}/v1", "theirs")
        one = Stage(theatre, gateway.namespace, name)
        one.apply(source={"service": {"url": root, "model": "theirs"}}, access={"mode": "Public"})
        one.wait_for("Routed", "True", "Routed", "anybody")
        gateway.wait_for("the revision", name, lambda r: bool(r.backends[0].revision))
    operator.kill()
    theatre.api.request("DELETE", stage.path("FoundationModel", names[1]))
    mark = theatre.cluster.audit_offset()
    operator.start()
    operator.wait_ready()
    wait_until("the route to go", lambda: gateway.route(names[1]) is None, seconds=90)
    looked = 'fmops_reconcile_total{kind="FoundationModel",result="done"}'
    there = len(theatre.api.items(path_of(API_VERSION, "FoundationModel", gateway.namespace)))
    wait_until("a look at every model", lambda: (operator.metric(looked) or 0) >= there, seconds=60)
    events = theatre.cluster.audit_events(AuditFilter(user=theatre.user), offset=mark)
    writes = [(each.verb, each.resource) for each in events if each.resource != "leases"]
    assert writes == [("delete", "secrets")]
    assert gateway.route(names[0]) is not None
