"""Server-side apply against a real API server: written once, not again, repaired, and never taken from others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from fmops_operator.cache import Cache, Shelf
from fmops_operator.cluster import ApiCluster
from fmops_operator.connection import Connection, load_configuration
from fmops_operator.drift import differs
from fmops_operator.errors import Absent, Conflict, Forbidden, NotLeading, Refused, Unavailable
from fmops_operator.manifest import CONFIG_MAP, FOUNDATION_MODEL, JOB, OWNER_LABELS, SERVICE, Kind, Manifest, kind_of
from fmops_operator.resources import Resources
from tests.cluster.audit import AuditEvent, AuditFilter
from tests.cluster.control_plane import ControlPlane

OWNED = {OWNER_LABELS["FoundationModel"]: "m"}
POD = {
    "automountServiceAccountToken": False,
    "enableServiceLinks": False,
    "hostNetwork": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "engine",
            "image": "engine:1",
            "args": ["--model", "/m"],
            "env": [
                {"name": "A", "value": "1"},
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ],
            "ports": [{"name": "http", "containerPort": 8000}],
            "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"nvidia.com/gpu": 1}},
            "startupProbe": {"httpGet": {"path": "/health", "port": "http"}, "failureThreshold": 30},
            "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
            "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm", "readOnly": False}],
            "securityContext": {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True},
        }
    ],
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
    "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1024Mi"}}],
}
TEMPLATE = {"metadata": {"labels": OWNED}, "spec": POD}
BODIES: dict[str, dict[str, Any]] = {
    "apps/v1 Deployment": {
        "spec": {"selector": {"matchLabels": OWNED}, "template": TEMPLATE, "strategy": {"type": "Recreate"}}
    },
    "v1 Service": {"spec": {"selector": OWNED, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}},
    "v1 ServiceAccount": {"automountServiceAccountToken": False},
    "v1 ConfigMap": {"data": {"a": "1"}, "immutable": True},
    "v1 PersistentVolumeClaim": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}}
    },
    "policy/v1 PodDisruptionBudget": {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": OWNED}}},
    "networking.k8s.io/v1 NetworkPolicy": {
        "spec": {
            "podSelector": {"matchLabels": OWNED},
            "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"port": 8000}]}],
        }
    },
    "batch/v1 Job": {
        "spec": {
            "completions": 2,
            "completionMode": "Indexed",
            "backoffLimitPerIndex": 3,
            "ttlSecondsAfterFinished": 600,
            "template": {"metadata": {"labels": OWNED}, "spec": {**POD, "restartPolicy": "Never"}},
        }
    },
}


def manifest(kind: str, namespace: str, **extra: Any) -> Manifest:
    version, name = kind.split()
    metadata = {"name": "thing", "namespace": namespace, "labels": OWNED}
    return {"apiVersion": version, "kind": name, "metadata": metadata, **BODIES[kind], **extra}


class Fence:
    """A Lease that is held while `leads`."""

    def __init__(self) -> None:
        self.leads = True

    def __call__(self) -> float:
        if not self.leads:
            raise NotLeading("not the leader")
        return 30.0


@dataclass(frozen=True)
class Bench:
    """A cluster under test, with the means to see what it did."""

    cluster: ApiCluster
    control_plane: ControlPlane
    namespace: str
    fence: Fence

    async def kubectl(self, *arguments: str) -> str:
        return await asyncio.to_thread(self.control_plane.kubectl, *arguments, "-n", self.namespace)

    def writes(self) -> list[AuditEvent]:
        only = AuditFilter(agent="fmops-operator", namespace=self.namespace)
        return list(self.control_plane.audit_events(only))


@pytest.fixture
async def connection(crds_installed: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    monkeypatch.setenv("KUBECONFIG", str(crds_installed.kubeconfig))
    connection = Connection(await load_configuration())
    yield connection
    await connection.close()


@pytest.fixture(params=["with its memory", "without memory"])
def bench(
    connection: Connection, crds_installed: ControlPlane, namespace: str, request: pytest.FixtureRequest
) -> Bench:
    label = OWNER_LABELS["FoundationModel"]
    kinds = [Kind(*kind.split()) for kind in BODIES]
    shelves = [Shelf(kind, label) for kind in kinds] if request.param == "with its memory" else []
    fence = Fence()
    cluster = ApiCluster(connection, Resources(connection), Cache(shelves), fence)
    return Bench(cluster, crds_installed, namespace, fence)


@pytest.mark.parametrize("kind", BODIES)
async def test_what_was_applied_once_is_not_written_again(bench: Bench, kind: str) -> None:
    wanted = manifest(kind, bench.namespace)
    stored = await bench.cluster.apply(wanted)
    assert differs(wanted, stored) == []
    for _ in range(3):
        again = await bench.cluster.apply(wanted)
        assert again["metadata"]["uid"] == stored["metadata"]["uid"]
    assert [event.verb for event in bench.writes()] == ["patch"]
    live = await bench.cluster.get(kind_of(wanted), bench.namespace, "thing")
    assert live is not None
    assert differs(wanted, live) == []


async def test_a_field_that_is_no_longer_wanted_is_removed(bench: Bench) -> None:
    await bench.cluster.apply(manifest("v1 ServiceAccount", bench.namespace, automountServiceAccountToken=False))
    less = manifest("v1 ServiceAccount", bench.namespace)
    del less["automountServiceAccountToken"]
    stored = await bench.cluster.apply(less)
    assert "automountServiceAccountToken" not in stored
    assert len(bench.writes()) == 2


async def test_what_somebody_changed_by_hand_is_repaired(connection: Connection, bench: Bench) -> None:
    wanted = manifest("v1 Service", bench.namespace)
    await bench.cluster.apply(wanted)
    await bench.kubectl("patch", "service", "thing", "--type=merge", "-p", '{"spec":{"selector":{"a":"b"}}}')
    await bench.kubectl("label", "service", "thing", f"{next(iter(OWNED))}=else", "--overwrite")
    unremembered = ApiCluster(connection, Resources(connection), Cache([]), bench.fence)
    stored = await unremembered.apply(wanted)
    assert differs(wanted, stored) == []
    assert stored["metadata"]["labels"] == OWNED
    assert len(bench.writes()) == 2


async def test_an_object_that_somebody_else_made_is_not_taken(bench: Bench) -> None:
    await bench.kubectl("create", "service", "clusterip", "thing", "--tcp=1:1")
    with pytest.raises(Refused, match=r"^Service thing is there already and was not made for this object: delete or"):
        await bench.cluster.apply(manifest("v1 Service", bench.namespace))
    assert "1/TCP" in await bench.kubectl("get", "service", "thing")


async def test_a_child_of_another_object_is_not_taken(bench: Bench) -> None:
    # A real one, or the garbage collector removes the child.
    await bench.kubectl("create", "configmap", "a.b")
    real = await bench.kubectl("get", "configmap", "a.b", "-o", "jsonpath={.metadata.uid}")

    def owned_by(name: str, uid: str) -> Manifest:
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "controller": True}
        wanted = manifest("v1 ConfigMap", bench.namespace, data={"a": uid})
        return {**wanted, "metadata": {**wanted["metadata"], "ownerReferences": [owner]}}

    await bench.cluster.apply(owned_by("a.b", real))
    with pytest.raises(Refused, match=r"^ConfigMap thing belongs to ConfigMap a\.b already: rename one"):
        await bench.cluster.apply(owned_by("a-b", "2"))
    with pytest.raises(Conflict, match=r"belongs to a deleted ConfigMap of the same name"):
        await bench.cluster.apply(owned_by("a.b", "3"))
    assert len(bench.writes()) == 1


async def test_what_cannot_be_changed_is_refused_in_the_servers_words(bench: Bench) -> None:
    await bench.cluster.apply(manifest("v1 ConfigMap", bench.namespace))
    with pytest.raises(Refused, match="field is immutable when `immutable` is set"):
        await bench.cluster.apply(manifest("v1 ConfigMap", bench.namespace, data={"a": "2"}))


async def test_a_quota_is_a_refusal_and_not_a_lack_of_rights(bench: Bench) -> None:
    await bench.kubectl("create", "quota", "none", "--hard=services=0")
    with pytest.raises(Refused, match="exceeded quota"):
        await bench.cluster.apply(manifest("v1 Service", bench.namespace))


async def test_a_namespace_that_is_gone_is_absent(bench: Bench) -> None:
    with pytest.raises(Absent, match="not found"):
        await bench.cluster.apply(manifest("v1 Service", "nowhere"))


async def test_a_kind_that_is_not_installed_is_said_so(bench: Bench) -> None:
    assert not await bench.cluster.serves(Kind("example.dev/v1", "Thing"))
    assert await bench.cluster.serves(FOUNDATION_MODEL)
    wanted = {**manifest("v1 Service", bench.namespace), "apiVersion": "example.dev/v1"}
    with pytest.raises(Absent, match=r"has no Service of example\.dev/v1: is its CRD installed"):
        await bench.cluster.apply(wanted)


async def test_a_replica_without_the_lease_writes_nothing(bench: Bench) -> None:
    bench.fence.leads = False
    with pytest.raises(NotLeading):
        await bench.cluster.apply(manifest("v1 Service", bench.namespace))
    with pytest.raises(NotLeading):
        await bench.cluster.delete(SERVICE, bench.namespace, "thing")
    assert bench.writes() == []


async def test_what_is_deleted_goes_with_what_it_owns_and_twice_is_fine(bench: Bench) -> None:
    await bench.cluster.apply(manifest("batch/v1 Job", bench.namespace))
    await bench.cluster.delete(JOB, bench.namespace, "thing")
    await bench.cluster.delete(JOB, bench.namespace, "thing")
    assert [event.code for event in bench.writes()] == [201, 200, 404]


async def test_objects_are_listed_by_label(bench: Bench) -> None:
    for name, color in (("a", "red"), ("b", "blue"), ("c", "red")):
        wanted = manifest("v1 ConfigMap", bench.namespace)
        wanted["metadata"] = {**wanted["metadata"], "name": name, "labels": {**OWNED, "color": color}}
        await bench.cluster.apply(wanted)
    found = await bench.cluster.list(CONFIG_MAP, bench.namespace, {**OWNED, "color": "red"})
    assert [(each["kind"], each["metadata"]["name"]) for each in found] == [("ConfigMap", "a"), ("ConfigMap", "c")]
    assert await bench.cluster.list(CONFIG_MAP, bench.namespace, {"color": "green"}) == []


async def test_a_status_is_written_for_this_very_object_only(bench: Bench) -> None:
    model = {
        "apiVersion": "fmops.dev/v1alpha1",
        "kind": "FoundationModel",
        "metadata": {"name": "m", "namespace": bench.namespace},
        "spec": {"task": "Chat", "source": {"service": {"url": "http://x.example", "model": "m"}}},
    }
    await asyncio.to_thread(bench.control_plane.kubectl.apply, model)
    live = await bench.cluster.get(FOUNDATION_MODEL, bench.namespace, "m")
    assert live is not None
    version = live["metadata"]["resourceVersion"]
    metadata = {"name": "m", "namespace": bench.namespace, "resourceVersion": version}
    status = {**live, "metadata": metadata, "status": {"observedGeneration": 1}}
    del status["spec"]
    assert (await bench.cluster.write_status(status))["status"] == {"observedGeneration": 1}
    with pytest.raises(Conflict):
        await bench.cluster.write_status({**status, "status": {"observedGeneration": 2}})
    with pytest.raises(Absent):
        await bench.cluster.write_status({**status, "metadata": {**metadata, "name": "gone"}})


async def test_rights_that_are_missing_are_said_so(
    crds_installed: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(crds_installed.kubeconfig_for("nobody-special")))
    connection = Connection(await load_configuration())
    cluster = ApiCluster(connection, Resources(connection), Cache([]), Fence())
    with pytest.raises(Forbidden, match='User "nobody-special" cannot get resource "services"'):
        await cluster.apply(manifest("v1 Service", namespace))
    await connection.close()


async def test_a_server_that_is_not_there_is_unavailable(
    crds_installed: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(crds_installed.kubeconfig))
    configuration = await load_configuration()
    configuration.host = "https://127.0.0.1:1"
    connection = Connection(configuration)
    cluster = ApiCluster(connection, Resources(connection), Cache([]), Fence())
    with pytest.raises(Unavailable, match="cannot be reached"):
        await cluster.get(SERVICE, namespace, "thing")
    await connection.close()
