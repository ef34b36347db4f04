"""The S3 server of the tests as a pod: pods of a node reach it by a Service of their namespace."""

from pathlib import Path
from typing import Any

from tests.cluster.demo_install import claim
from tests.cluster.restricted_pod import restricted_pod
from tests.cluster.storage import model_volume, scratch_volume
from tests.support.object_store import BUCKET, KEYS

NAME, PORT = "object-store", 9000
SECRET = "lake"
_PROGRAMS, _DATA = f"{NAME}-programs", f"{NAME}-data"


def object_store_objects(namespace: str, image: str, programs: Path, data: Path) -> list[dict[str, Any]]:
    """A pod that runs the server out of `programs` over the folder `data` of the node, with a bucket `lake`.

    The image only has to have a file system: the program is one static file. The Secret holds the keys for runs.
    """
    (data / BUCKET).mkdir(parents=True, exist_ok=True)
    (data / BUCKET).chmod(0o777)
    volumes = {
        _PROGRAMS: model_volume(f"{namespace}-{_PROGRAMS}", programs),
        _DATA: scratch_volume(f"{namespace}-{_DATA}", data),
    }
    for name, volume in volumes.items():
        volume["spec"]["claimRef"] = {"namespace": namespace, "name": name}
    return [
        *volumes.values(),
        claim(_PROGRAMS, namespace, "ReadOnlyMany"),
        claim(_DATA, namespace, "ReadWriteOnce"),
        {"apiVersion": "v1", "kind": "Secret", "metadata": _named(namespace, SECRET), "stringData": KEYS},
        _service(namespace),
        _pod(namespace, image),
    ]


def volume_names(namespace: str) -> list[str]:
    """The volumes, which belong to no namespace and are deleted by name."""
    return [f"{namespace}-{name}" for name in (_PROGRAMS, _DATA)]


def _named(namespace: str, name: str) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/name": name}}


def _service(namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _named(namespace, NAME),
        "spec": {"selector": {"app.kubernetes.io/name": NAME}, "ports": [{"port": PORT, "targetPort": PORT}]},
    }


def _pod(namespace: str, image: str) -> dict[str, Any]:
    keys = {"ROOT_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]}
    container = {
        "name": NAME,
        "image": image,
        "command": ["/programs/versitygw", "--port", f":{PORT}", "posix", "/data"],
        "env": [{"name": name, "value": value} for name, value in keys.items()],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "volumeMounts": [
            {"name": "programs", "mountPath": "/programs", "readOnly": True},
            {"name": "data", "mountPath": "/data"},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    volumes: list[dict[str, Any]] = [
        {"name": "programs", "persistentVolumeClaim": {"claimName": _PROGRAMS}},
        {"name": "data", "persistentVolumeClaim": {"claimName": _DATA}},
        {"name": "tmp", "emptyDir": {}},
    ]
    return restricted_pod(_named(namespace, NAME), container, volumes)
