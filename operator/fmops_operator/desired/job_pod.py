"""What the pods of all our Jobs are alike in: the serving image, no rights, nothing to write to but what is mounted."""

from collections.abc import Mapping, Sequence
from typing import Any

from fmops_operator.manifest import Manifest
from fmops_operator.settings import Settings

CONTAINER = "runner"
USER = 10001
BAD_INPUT = 2
"""Exit status of our programs for what no retry mends."""
DEFAULT_RESOURCES = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}


def failure_rules(on_bad_input: str, *others: int) -> list[Manifest]:
    """Let a pod that a node's end took be tried again for nothing; bad input and `others` of its statuses never."""
    exits = {"containerName": CONTAINER, "operator": "In", "values": [BAD_INPUT, *others]}
    return [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": on_bad_input, "onExitCodes": exits},
    ]


def build_pod_template(labels: Mapping[str, str], container: Manifest, volumes: Sequence[Manifest]) -> Manifest:
    """Build the template of a Job's pods, which the strictest pod security standard admits."""
    return {
        "metadata": {"labels": dict(labels)},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": list(volumes),
        },
    }


def build_container(program: str, settings: Settings, **parts: Any) -> Manifest:
    """Build the container that runs a program of ours; `parts` are its args, env, resources and volumeMounts."""
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": settings.runner_image,
        "command": ["python", "-m", program],
        **parts,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    if settings.image_pull_policy:
        container["imagePullPolicy"] = settings.image_pull_policy
    return container
