"""The one shape of pods that tests and the demo run beside fmops: under the restricted pod security standard."""

from collections.abc import Mapping, Sequence
from typing import Any


def restricted_pod(
    metadata: Mapping[str, Any], container: Mapping[str, Any], volumes: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A pod of one container, whose image is on the node already."""
    security = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": dict(metadata),
        "spec": {
            "containers": [{"imagePullPolicy": "Never", "securityContext": security, **container}],
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 5,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": list(volumes),
        },
    }
