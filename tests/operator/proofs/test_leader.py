"""Two replicas: one works, the other takes over, and never do both write."""

from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from fmops_api import API_VERSION
from fmops_operator.lease import RENEWALS, WORKING_SHARE
from fmops_operator.settings import Settings
from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.conftest import Start
from tests.operator.evaluation_samples import catalog_manifest
from tests.support.api import Api, path_of
from tests.support.operator_process import Operator


def writers(cluster: ControlPlane, namespace: str) -> list[str]:
    """Who wrote, in the order in which the API server took the writes, each change of hands once."""
    events = [
        each
        for each in cluster.audit_events(AuditFilter(agent="fmops-operator", namespace=namespace))
        if each.resource not in ("leases", "events") and each.code < 400
    ]
    names = [each.user.removesuffix(f"-{namespace}") for each in sorted(events, key=lambda each: each.at)]
    return names[:1] + [new for old, new in pairwise(names) if new != old]


def declare(cluster: ControlPlane, namespace: str, name: str) -> None:
    manifest: dict[str, Any] = {**catalog_manifest(), "metadata": {"name": name}}
    with closing(Api(cluster)) as api:
        api.apply(manifest, namespace)


def is_ready(cluster: ControlPlane, namespace: str, name: str) -> bool:
    with closing(Api(cluster)) as api:
        return api.condition(path_of(API_VERSION, "PromptCatalog", namespace, name), "Ready") == "True"


@pytest.fixture
def replicas(start_operator: Start) -> tuple[Operator, Operator]:
    first = start_operator("first")
    wait_until("the first to lead", first.leads)
    return first, start_operator("second")


def test_the_lease_of_the_defaults_passes_on_within_fifteen_seconds_and_never_to_two() -> None:
    seconds = Settings().lease_seconds
    assert seconds + 2 * seconds / RENEWALS < 15, "it runs out, and is seen and taken at the next two looks"
    assert seconds * WORKING_SHARE < seconds, "who held it has stopped by then"


def test_when_the_leader_is_killed_the_other_goes_on(
    crds_installed: ControlPlane, namespace: str, replicas: tuple[Operator, Operator]
) -> None:
    first, second = replicas
    declare(crds_installed, namespace, "one")
    wait_until("the leader to work", lambda: is_ready(crds_installed, namespace, "one"))
    assert not second.leads()
    assert second.is_ready(), "a follower is ready as well"
    first.kill()
    declare(crds_installed, namespace, "two")
    wait_until("the other to work", lambda: is_ready(crds_installed, namespace, "two"))
    assert crds_installed.lease_holder("fmops-operator", namespace) == "second"
    assert writers(crds_installed, namespace) == ["first", "second"]


def test_a_leader_that_was_frozen_does_not_write_after_it_wakes(
    crds_installed: ControlPlane, namespace: str, replicas: tuple[Operator, Operator]
) -> None:
    first, _ = replicas
    declare(crds_installed, namespace, "one")
    wait_until("the leader to work", lambda: is_ready(crds_installed, namespace, "one"))
    first.process.pause()
    declare(crds_installed, namespace, "two")
    wait_until("the other to work", lambda: is_ready(crds_installed, namespace, "two"))
    first.process.resume()
    wait_until("the first to notice", lambda: first.metric("fmops_leader") == 0.0)
    declare(crds_installed, namespace, "three")
    wait_until("the other to go on", lambda: is_ready(crds_installed, namespace, "three"))
    assert writers(crds_installed, namespace) == ["first", "second"]


def test_a_leader_that_stops_politely_hands_the_lease_over_at_once(
    crds_installed: ControlPlane, namespace: str, start_operator: Start
) -> None:
    # With a Lease of an hour, nobody could take over but by its release.
    first = start_operator("first", lease_seconds=3600)
    wait_until("the first to lead", first.leads)
    first.stop()
    assert first.process.returncode == 0
    assert crds_installed.lease_holder("fmops-operator", namespace) == ""
    second = start_operator("second", lease_seconds=3600)
    wait_until("the second to lead", second.leads)
