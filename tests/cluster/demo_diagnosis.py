"""What a person needs to see when something on a cluster went wrong: conditions, pods, events and logs."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from tests.cluster.errors import KubectlError
from tests.cluster.kubectl import Kubectl

KINDS = "foundationmodels,promptcatalogs,evaluationruns"
EVENTS = 25
LOG_LINES = 25


def diagnose(kubectl: Kubectl, namespaces: Iterable[str]) -> str:
    """All of it as text. A part that cannot be had says why in its place; nothing is raised."""
    return "\n".join(line for namespace in namespaces for line in _of(kubectl, namespace))


def _of(kubectl: Kubectl, namespace: str) -> Iterable[str]:
    where = ("--namespace", namespace)
    reads: dict[str, Callable[[], list[str]]] = {
        "conditions": lambda: conditions(kubectl.items(KINDS, *where)),
        "pods": lambda: kubectl("get", "pods", "-o", "wide", *where).splitlines(),
        "warnings": lambda: warnings(kubectl.items("events", *where)),
        "logs": lambda: logs(kubectl, where),
    }
    for title, read in reads.items():
        yield f"--- {title} in {namespace}"
        try:
            yield from read()
        except KubectlError as error:
            yield str(error)


def conditions(objects: Iterable[dict[str, Any]]) -> list[str]:
    """Every condition of every object, with reason and message."""
    return [
        f"{each['kind']}/{each['metadata']['name']}: {c['type']}={c['status']} {c['reason']}: {c.get('message', '')}"
        for each in objects
        for c in each.get("status", {}).get("conditions", [])
    ]


def warnings(events: Iterable[dict[str, Any]]) -> list[str]:
    """The last Warning events, oldest first."""
    found = sorted((e for e in events if e.get("type") == "Warning"), key=_when)
    return [
        f"{_when(e):%H:%M:%S} {e['involvedObject']['kind']}/{e['involvedObject']['name']} "
        f"{e.get('reason')}: {e.get('message', '').strip()}"
        for e in found[-EVENTS:]
    ]


def logs(kubectl: Kubectl, where: tuple[str, ...]) -> list[str]:
    """The end of the log of every container, and of its run before when it was restarted."""
    lines: list[str] = []
    for pod in kubectl.items("pods", *where):
        for container in pod.get("status", {}).get("containerStatuses", []):
            name = f"{pod['metadata']['name']}/{container['name']}"
            for title, more in ((name, ()), (f"{name}, before its restart", ("--previous",))):
                if more and not container.get("restartCount"):
                    continue
                lines.append(f"{title}:")
                lines += _log(kubectl, pod["metadata"]["name"], container["name"], (*where, *more))
    return lines


def _log(kubectl: Kubectl, pod: str, container: str, more: tuple[str, ...]) -> list[str]:
    try:
        text = kubectl("logs", pod, "--container", container, f"--tail={LOG_LINES}", *more)
    except KubectlError as error:
        text = str(error)
    return [f"    {line}" for line in text.splitlines()]


def _when(event: dict[str, Any]) -> datetime:
    text = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
    return datetime.fromisoformat(text)
