"""The route of a model: what the gateway gets to know, and nothing that a missing key would open."""

import base64
import hashlib
import json
from typing import Any

import pytest

from fmops_api.route import ROUTE_KEY, Route
from fmops_operator.desired.foundationmodel_network import build_network_policy, public_name, public_url
from fmops_operator.desired.foundationmodel_route import Credentials, build_route, build_route_secret
from fmops_operator.desired.route import owner_of, route_name
from fmops_operator.manifest import FOUNDATION_MODEL, PROMPT_CATALOG, Key
from fmops_operator.observed import Pod
from fmops_operator.reconcile.foundationmodel_route import assess_route
from fmops_operator.settings import Settings
from tests.operator.model_samples import PROVIDER, model
from tests.support.golden import check_schema

KEYS = [
    {"name": "web", "secretRef": {"name": "keys", "key": "web"}, "requestsPerMinute": 600},
    {"name": "batch", "secretRef": {"name": "keys", "key": "batch"}},
]
RAIL = {"name": "toxicity", "detector": "Toxicity"}
GATEWAY = Settings(gateway_namespace="gateways", gateway_url="http://gw.example/v1", lease_namespace="ops")
LOCKED = {"provider": {**PROVIDER["provider"], "apiKeySecretRef": {"name": "openai", "key": "key"}}}


def pod(name: str, address: str, *, ready: bool = True, leaving: bool = False) -> Pod:
    return Pod(name, "Running", ready, leaving, "", (), (), address)


def test_addresses_are_those_of_pods_that_are_ready_and_stay_in_an_order_without_chance() -> None:
    pods = [
        pod("c", "10.0.0.9"),
        pod("a", "fd00::1"),
        pod("b", "10.0.0.5", ready=False),
        pod("d", "10.0.0.6", leaving=True),
        pod("e", ""),
    ]
    backend = build_route(model(), pods, Credentials()).backends[0]
    assert backend.urls == ["http://10.0.0.9:8000/v1", "http://[fd00::1]:8000/v1"]
    assert build_route(model(), pods[::-1], Credentials()).backends[0] == backend
    assert (backend.name, backend.model, backend.api_key) == ("default", "small", None)


def test_a_rollout_of_a_thousand_pods_fits_a_route() -> None:
    pods = [pod(f"p{n}", f"10.0.{n // 250}.{n % 250}") for n in range(1001)]
    assert len(build_route(model(), pods, Credentials()).backends[0].urls) == 1000


def test_a_model_without_pods_has_nobody_to_be_sent_to() -> None:
    assert build_route(model(), [], Credentials()).backends[0].urls == []


@pytest.mark.parametrize(
    ("source", "credentials", "urls", "name"),
    [
        pytest.param(PROVIDER, Credentials(), ["https://api.example/v1"], "big-1", id="a provider that needs no key"),
        pytest.param(LOCKED, Credentials("sk-1"), ["https://api.example/v1"], "big-1", id="a provider with its key"),
        pytest.param(LOCKED, Credentials(), [], "big-1", id="without its key nobody is sent to the provider"),
        pytest.param(
            {"service": {"url": "http://other.ns.svc:8000", "model": "theirs"}},
            Credentials(),
            ["http://other.ns.svc:8000/v1"],
            "theirs",
            id="somebody else's engine",
        ),
    ],
)
def test_what_somebody_else_runs(source: dict[str, Any], credentials: Credentials, urls: list[str], name: str) -> None:
    found = build_route(model({"source": source}, {"revisions": {"active": "r1"}}), [], credentials).backends[0]
    assert (found.urls, found.model, found.api_key, found.revision) == (urls, name, credentials.api_key, "r1")


def test_keys_are_hashed_and_one_that_is_missing_opens_nothing() -> None:
    guarded = model({"access": {"keys": KEYS}, "guardrails": [RAIL]})
    route = build_route(guarded, [], Credentials(keys={"web": "sk-web"}))
    digest = f"sha256:{hashlib.sha256(b'sk-web').hexdigest()}"
    assert [(key.name, key.digest, key.requests_per_minute) for key in route.access.keys] == [("web", digest, 600)]
    assert [rail.name for rail in route.guardrails] == ["toxicity"]
    assert "sk-web" not in route.model_dump_json()


def test_nobody_may_ask_a_model_that_says_nothing_of_access() -> None:
    access = build_route(model(), [], Credentials()).access
    assert (access.mode, access.keys) == ("Keys", [])
    assert build_route(model({"access": {"mode": "Public"}}), [], Credentials()).access.mode == "Public"


@pytest.mark.parametrize(
    ("balancing", "strategy", "length", "factor"),
    [
        pytest.param(None, "LeastOutstanding", None, None, id="by how busy they are, when nothing is said"),
        pytest.param(
            {"strategy": "PrefixAffinity"}, "PrefixAffinity", None, None, id="by prefixes of the usual length"
        ),
        pytest.param(
            {"strategy": "PrefixAffinity", "prefixLength": 999}, "PrefixAffinity", 999, None, id="of another length"
        ),
        pytest.param(
            {"strategy": "PrefixAffinity", "meanLoadFactor": 200}, "PrefixAffinity", None, 200, id="with another bound"
        ),
    ],
)
def test_how_a_pod_is_picked(
    balancing: dict[str, Any] | None, strategy: str, length: int | None, factor: int | None
) -> None:
    balanced = model({"balancing": balancing})
    route = build_route(balanced, [], Credentials())
    assert (route.balancing, route.prefix_length, route.mean_load_factor) == (strategy, length, factor)
    content = json.loads(base64.b64decode(build_route_secret(balanced, route, "gateways")["data"][ROUTE_KEY]))
    found = {"prefixLength" in content: length, "meanLoadFactor" in content: factor}
    assert all(there == (value is not None) for there, value in found.items()), "an older gateway reads the others"


def test_the_secret_is_read_back_as_the_route_and_tells_whose_it_is() -> None:
    long = model(name="a" * 100 + ".b", namespace="n" * 63)
    route = build_route(long, [pod("a", "10.0.0.1")], Credentials())
    secret = build_route_secret(long, route, "gateways")
    check_schema(secret)
    assert Route.model_validate_json(base64.b64decode(secret["data"][ROUTE_KEY])) == route
    assert (secret["type"], secret["metadata"]["namespace"]) == ("Opaque", "gateways")
    assert "ownerReferences" not in secret["metadata"]
    assert owner_of(secret) == Key("FoundationModel", "n" * 63, "a" * 100 + ".b")
    assert all(len(value) <= 63 for value in secret["metadata"]["labels"].values())


def test_names_of_routes_never_meet() -> None:
    owners = [
        Key(kind.name, *place)
        for kind in (FOUNDATION_MODEL, PROMPT_CATALOG)
        for place in (("a-b", "c"), ("a", "b-c"), ("a", "b.c"), ("n" * 63, "m" * 253), ("n" * 63, "m" * 252))
    ]
    names = {route_name(owner) for owner in owners}
    assert len(names) == len(owners)
    assert all(len(name) <= 63 for name in names)


@pytest.mark.parametrize(
    ("spec", "missing", "reason", "words"),
    [
        pytest.param({}, (), "NoKeys", "", id="no access at all"),
        pytest.param({"access": {}}, (), "NoKeys", "", id="keys are asked for, and there are none"),
        pytest.param(
            {"access": {"mode": "Public"}}, (), "Routed", "to anybody, behind 0 guard rails", id="anybody may ask"
        ),
        pytest.param(
            {"access": {"keys": KEYS}, "guardrails": [RAIL]}, (), "Routed", "2 keys, behind 1 guard rail", id="by keys"
        ),
        pytest.param({"access": {"keys": KEYS}}, ("no key web",), "KeyNotFound", "no key web", id="a key is missing"),
    ],
)
def test_what_is_said_of_the_route(spec: dict[str, Any], missing: tuple[str, ...], reason: str, words: str) -> None:
    found = assess_route(model(spec), Credentials(missing=missing), "http://gw.example/v1")
    assert (found.status, str(found.reason)) == (reason == "Routed", reason)
    assert words in found.message


def test_applications_are_sent_to_the_gateway_where_there_is_one() -> None:
    assert (public_url(model(), GATEWAY), public_name(model(), GATEWAY)) == ("http://gw.example/v1", "support/small")
    assert public_url(model(), Settings()) == "http://small.support.svc:8000/v1"
    assert public_name(model(), Settings()) == "small"


def test_behind_a_gateway_nobody_else_reaches_the_pods() -> None:
    policy = build_network_policy(model(), GATEWAY)
    check_schema(policy)
    gateway, operator, runner = policy["spec"]["ingress"][0]["from"]
    assert gateway["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}
    assert gateway["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "gateway"
    assert operator["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "ops"}}
    assert "namespaceSelector" not in runner, "evaluations of the model's own namespace only"
    assert runner["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "evaluation"


def test_whoever_scrapes_metrics_is_let_in_by_its_namespace() -> None:
    settings = GATEWAY.model_copy(update={"monitoring_namespace": "monitoring", "lease_namespace": ""})
    _, operator, _, monitoring = build_network_policy(model(), settings)["spec"]["ingress"][0]["from"]
    assert operator["namespaceSelector"] == {}, "the operator's namespace is not known"
    assert monitoring == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
