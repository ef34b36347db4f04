"""Volumes for a node without a provisioner: made beforehand, bound by the claims that come."""

from pathlib import Path
from typing import Any

CLASS = "local"


def storage_class() -> dict[str, Any]:
    """The default class, so that a claim needs to name none."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "Immediate",
    }


def model_volume(name: str, folder: Path) -> dict[str, Any]:
    """Weights in a folder of the node, for a claim with access mode ReadOnlyMany; content stays when it goes."""
    return _volume(name, folder, "ReadOnlyMany")


def scratch_volume(name: str, folder: Path) -> dict[str, Any]:
    """An empty folder of the node that any user may write, for a claim with ReadWriteOnce. It is made here."""
    folder.mkdir(parents=True, exist_ok=True)
    # Pods run as users of their own, and a host path is not handed over to their group.
    folder.chmod(0o777)
    return _volume(name, folder, "ReadWriteOnce")


def _volume(name: str, folder: Path, mode: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "100Gi"},
            "accessModes": [mode],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": CLASS,
            "hostPath": {"path": str(folder), "type": "Directory"},
        },
    }
