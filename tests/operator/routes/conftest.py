"""One operator with a gateway's namespace beside its own, shared by the tests of routes."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.operator.routes.door import Door, open_door
from tests.operator.routes.gateway_stage import URL, GatewayStage
from tests.support.api import Api
from tests.support.control_plane import new_namespace
from tests.support.helm import objects, template
from tests.support.model_stage import Stage, Theatre
from tests.support.operator_process import Operator, Setup
from tests.support.outside import play_outside


def rights(user: str, namespace: str, routes: str) -> list[dict[str, Any]]:
    """Give the operator what the chart gives it in its namespace and in the gateway's, and nothing else."""
    values = (f"watchNamespaces={{{namespace}}}", "gateway.enabled=true", f"gateway.namespace={routes}")
    rendered = objects(template(values, namespace=namespace))
    bindings = [each for each in rendered if each["kind"] == "RoleBinding" and each["subjects"][0]["name"] == "fmops"]
    for binding in bindings:
        binding["subjects"] = [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}]
    return [*(each for each in rendered if each["kind"] == "Role"), *bindings]


@pytest.fixture(scope="module")
def gateway(crds_installed: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayStage]:
    """The operator with the chart's rights, its namespace, the gateway's, and an outside world."""
    cluster = crds_installed
    namespace, routes = (new_namespace(cluster, name) for name in ("routed", "gateway"))
    with play_outside() as outside:
        user, api = f"operator-{namespace}", Api(cluster)
        kubeconfig = cluster.kubeconfig_for(user)
        cluster.kubectl.apply(*rights(user, namespace, routes))
        settings: dict[str, str | int | float] = {
            "namespaces": namespace,
            "lease_namespace": namespace,
            "lease_name": "fmops",
            "probe_interval_seconds": 2,
            "gateway_namespace": routes,
            "gateway_url": URL,
        }
        folder = tmp_path_factory.mktemp("routed")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("http_proxy", outside.proxy)
            operator = Operator(Setup(kubeconfig, folder, user, settings=settings))
        with operator:
            yield GatewayStage(Theatre(cluster, api, operator, outside, user), namespace, routes)
        api.close()


@pytest.fixture
def door(gateway: GatewayStage, tmp_path: Path) -> Iterator[Door]:
    """A gateway on the routes of the operator."""
    with open_door(gateway, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Numbers that no other test has."""
    return itertools.count(1)


@pytest.fixture
def stage(gateway: GatewayStage, numbers: Iterator[int]) -> Stage:
    """A model of the test's own, not applied yet."""
    return Stage(gateway.theatre, gateway.namespace, f"small-{next(numbers)}")
