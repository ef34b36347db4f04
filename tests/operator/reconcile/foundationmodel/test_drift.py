"""Whatever a hand changes in a child comes back; a count that the scale subresource set does not."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.cluster.audit import AuditFilter
from tests.cluster.progress import wait_until, wait_until_steady
from tests.operator.model_samples import case
from tests.support.api import RefusedError
from tests.support.model_stage import KINDS, Stage

pytestmark = pytest.mark.cluster

Path = tuple[str | int, ...]


def leaves(content: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a manifest that holds no other, with its path."""
    if isinstance(content, Mapping) and content:
        for key, value in content.items():
            yield from leaves(value, (*path, key))
    elif isinstance(content, list) and content:
        for index, value in enumerate(content):
            yield from leaves(value, (*path, index))
    else:
        yield path, content


def applied_leaves(live: dict[str, Any]) -> dict[Path, Any]:
    """The values of an object that the operator applied, by what the API server noted of its manager."""
    owned = next(each for each in live["metadata"]["managedFields"] if each["manager"] == "fmops")
    return {path: value for path, value in leaves(live) if is_owned(owned["fieldsV1"], live, path)}


def is_owned(fields: Mapping[str, Any], content: Any, path: Path) -> bool:
    """Whether managedFields name this path; an element of a list is named by its key."""
    for step in path:
        key = f"f:{step}" if isinstance(step, str) else element_of(fields, content[step])
        if key not in fields:
            return False
        fields, content = fields[key], content[step]
        if not fields:
            return True  # owned as a whole
    return True


def element_of(fields: Mapping[str, Any], element: Any) -> str:
    """How managedFields name an element of a list."""
    for name in fields:
        if name.startswith("k:") and isinstance(element, Mapping):
            keys = json.loads(name[2:])
            if all(element.get(key) == value for key, value in keys.items()):
                return name
    return ""


OTHERS = {
    "TCP": "UDP",
    "Ingress": "Egress",
    "ClusterIP": "NodePort",
    "http": "other",
    "AlwaysAllow": "IfHealthyBudget",
    "OnRootMismatch": "Always",
    "RuntimeDefault": "Unconfined",
    "FallbackToLogsOnError": "File",
    "/health": "/other",
    "ALL": "NET_RAW",
}
"""For a value of few alternatives, another one."""


def changed(value: Any, *, smaller: bool) -> Any:
    """Another value of the same type; a quantity that is smaller or larger."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if not isinstance(value, str):
        return {"x": "y"}
    if value in OTHERS:
        return OTHERS[value]
    if re.fullmatch(r"[0-9]+(m|Mi|Gi)?", value):
        return re.sub("[0-9]+", "1", value) if smaller else f"1{value}"
    return f"{value}x"


LIST_KEYS = ("mountPath", "containerPort", "port", "name")
"""What tells the elements of a list apart, the first that an element has."""


def key_of(element: Any) -> str:
    """The field that tells an element of a list from the others; empty for a list that is one value as a whole."""
    return next((key for key in LIST_KEYS if key in element), "") if isinstance(element, Mapping) else ""


def named(content: Any, path: Path) -> Path:
    """The path with elements of lists by their keys, as a list may be longer or in another order after a repair."""
    steps: list[str | int] = []
    for step in path:
        content = content[step]
        key = key_of(content) if isinstance(step, int) else ""
        steps.append(f"{key}={content[key]}" if key else step)
    return tuple(steps)


def is_key(content: Any, path: Path) -> bool:
    """Whether the value tells an element of a list from the others: another value would be another element."""
    for step in path[:-1]:
        content = content[step]
    keys = {key_of(content)} if len(path) > 1 and isinstance(path[-2], int) else set()
    return path[-1] in (keys | {"protocol"} if keys & {"port", "containerPort"} else keys)


def in_order(path: Path) -> list[str]:
    """A key that sorts paths as they stand in an object."""
    return [f"{step:05}" if isinstance(step, int) else step for step in path]


def with_changes(live: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    """A copy in which the values at these paths are other ones, and elements of lists, which end in a number, gone."""
    copied: dict[str, Any] = copy.deepcopy(live)
    copied["metadata"].pop("managedFields", None)
    for path in sorted(paths, key=in_order, reverse=True):  # from the end, so that what is before keeps its number
        place: Any = copied
        for step in path[:-1]:
            place = place[step]
        if isinstance(path[-1], int) and key_of(place[path[-1]]):
            del place[path[-1]]
        else:
            place[path[-1]] = changed(place[path[-1]], smaller="requests" in path)
    return copied


def replace(stage: Stage, kind: str, paths: list[Path]) -> None:
    """Write the changes; again when a controller has just written its status."""
    for _ in range(20):
        try:
            stage.theatre.api.request("PUT", stage.path(kind), with_changes(stage.get(kind), paths))
            return
        except RefusedError as refused:
            if refused.code != 409:
                raise
    raise AssertionError(f"{kind} {stage.name} changes without end")


def drift(stage: Stage, live: dict[str, Any], paths: list[Path]) -> list[Path]:
    """Change values by hand, together where the API server lets us, and see each come back; gives what it refuses."""
    if not paths:
        return []
    kind, half = live["kind"], len(paths) // 2
    try:
        replace(stage, kind, paths)
    except RefusedError:
        return paths if half == 0 else [*drift(stage, live, paths[:half]), *drift(stage, live, paths[half:])]
    wanted = {named(live, path): value for path, value in applied_leaves(live).items()}

    def repaired() -> bool:
        now = stage.get(kind)
        found = {named(now, path): value for path, value in leaves(now)}
        return all(found.get(path) == value for path, value in wanted.items())

    wait_until(f"{kind} {stage.name} to be as it was, after {paths} were changed", repaired, seconds=120)
    return []


IMMUTABLE = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "ownerReferences"),
    ("spec", "selector", "matchLabels"),
)
"""What names an object, its owner and its pods: the API server refuses a change, or it is another object then."""


REFUSED = {"fmops.dev/foundationmodel", "type", "name", "claimName", "maxUnavailable", 0, 1}
"""Last steps of values that have no other that goes with the rest: selected labels, strategies, mounted volumes."""


def is_fixed(path: Path) -> bool:
    return any(path[: len(each)] == each for each in IMMUTABLE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_a_hand_changes_comes_back(stage: Stage, kind: str) -> None:
    stage.apply(**case("volume-on-cpu").spec.to_manifest())
    stage.wait_for_children()
    live = stage.get(kind)
    paths = [path for path in applied_leaves(live) if not is_fixed(path) and not is_key(live, path)]
    refused = drift(stage, live, paths)
    print(f"{kind}: {len(paths) - len(refused)} of {len(paths)} values came back; refused by the API server: {refused}")
    assert {path[-1] for path in refused} <= REFUSED, "change these to something that is accepted"


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy"])
def test_every_element_that_a_hand_takes_out_of_a_list_comes_back(stage: Stage, kind: str) -> None:
    stage.apply(**case("volume-on-cpu").spec.to_manifest())
    stage.wait_for_children()
    live = stage.get(kind)
    starts = {path[: at + 1] for path in applied_leaves(live) for at, step in enumerate(path) if isinstance(step, int)}
    elements = sorted((path for path in starts if path[:2] != ("metadata", "ownerReferences")), key=in_order)
    single = [path for path in elements if key_of(at_path(live, path)) and path[-2] != "containers"]
    refused = drift(stage, live, single)
    print(f"{kind}: {len(single) - len(refused)} of {len(single)} elements came back; refused: {refused}")
    assert single
    assert {path[-2] for path in refused} <= {"volumes"}, "only a volume that is mounted cannot be taken out alone"


def at_path(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_that_a_hand_deletes_comes_back(stage: Stage, kind: str) -> None:
    stage.apply()
    stage.wait_for_children()
    before = stage.get(kind)["metadata"]["uid"]
    stage.delete(kind)
    wait_until(
        f"a new {kind}",
        lambda: stage.children().get(kind, {"metadata": {"uid": before}})["metadata"]["uid"] != before,
        seconds=120,
    )


def replicas(stage: Stage) -> int:
    found: int = stage.get("Deployment")["spec"]["replicas"]
    return found


def test_a_count_that_was_set_by_scale_stays_until_the_model_s_own_changes(stage: Stage) -> None:
    stage.apply(replicas=1)
    stage.wait_for_children()
    stage.scale("Deployment", 3)
    stage.look_again()
    stage.look_again()
    assert replicas(stage) == 3
    stage.scale("FoundationModel", 2)
    wait_until("the model's own count", lambda: replicas(stage) == 2, seconds=120)
    stage.look_again()
    assert replicas(stage) == 2


def test_a_count_that_was_patched_by_hand_is_drift(stage: Stage) -> None:
    stage.apply(replicas=1)
    stage.wait_for_children()
    stage.theatre.api.merge(stage.path("Deployment"), {"spec": {"replicas": 5}})
    wait_until("the model's own count", lambda: replicas(stage) == 1, seconds=120)


def test_an_autoscaler_of_the_model_is_followed(stage: Stage) -> None:
    stage.apply()
    stage.wait_for_children()
    stage.scale("FoundationModel", 4)
    wait_until("the count", lambda: replicas(stage) == 4, seconds=120)
    assert stage.status()["selector"] == f"fmops.dev/foundationmodel={stage.name}"


def test_a_second_look_writes_nothing_but_what_it_has_to_say(lonely_stage: Stage) -> None:
    theatre, namespace = lonely_stage.theatre, lonely_stage.namespace
    lonely_stage.apply(**case("volume-on-cpu").spec.to_manifest())
    lonely_stage.wait_for("Ready", "False", "SourceNotFound")
    wait_until("a pod", lambda: bool(lonely_stage.pods()), seconds=120)
    lonely_stage.look_again()
    only = AuditFilter(user=theatre.user, namespace=namespace)
    wait_until_steady("its writes", lambda: len(list(theatre.cluster.audit_events(only))))
    mark = theatre.cluster.audit_offset()
    for _ in range(3):
        lonely_stage.look_again()
    writes = list(theatre.cluster.audit_events(only, offset=mark))
    assert [each.resource for each in writes] == ["foundationmodels/status"] * 3, "one for each new generation"


def test_a_service_of_that_name_that_somebody_else_made_is_not_taken(stage: Stage) -> None:
    stage.make("Service", stage.name, spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    stage.apply()
    stage.wait_for("Ready", "False", "Refused", f"Service {stage.name} is there already")
    assert stage.get("Service")["spec"]["selector"] == {"app": "web"}
