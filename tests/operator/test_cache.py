"""What the watches delivered: kept, listed by owner, never older than what was there."""

from typing import Any

from fmops_operator.cache import Cache, Shelf, trimmed
from fmops_operator.manifest import CONFIG_MAP, OWNER_LABELS, POD, SECRET

LABEL = OWNER_LABELS["FoundationModel"]


def pod(name: str, version: int, namespace: str = "n", owner: str | None = "m", **rest: Any) -> dict[str, Any]:
    labels = {LABEL: owner} if owner else {}
    metadata = {"name": name, "namespace": namespace, "resourceVersion": str(version), "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **rest}


def test_what_was_put_is_given_back_whole_but_for_the_record_of_writers() -> None:
    shelf = Shelf(POD)
    manifest = pod("a", 1, spec={"text": "Grüße 😀"})
    manifest["metadata"]["managedFields"] = [{"manager": "x"}]
    assert shelf.put(manifest)
    assert shelf.get(("n", "a")) == trimmed(manifest)
    assert "managedFields" in manifest["metadata"], "the caller's object is left as it was"


def test_something_older_or_the_same_is_no_news() -> None:
    shelf = Shelf(POD)
    assert shelf.put(pod("a", 5, x=1))
    assert not shelf.put(pod("a", 5, x=2))
    assert not shelf.put(pod("a", 4, x=3))
    assert (shelf.get(("n", "a")) or {})["x"] == 1


def test_our_own_write_is_seen_at_once_and_its_echo_is_no_news() -> None:
    shelf = Shelf(POD)
    shelf.put(pod("a", 5, x=1))
    shelf.wrote(pod("a", 7, x=2))
    assert (shelf.get(("n", "a")) or {})["x"] == 2
    assert not shelf.put(pod("a", 7, x=2))
    assert shelf.put(pod("a", 8, x=3))


def test_the_answer_to_a_write_does_not_bring_back_what_was_deleted_since() -> None:
    shelf = Shelf(POD)
    shelf.put(pod("a", 5))
    assert shelf.drop(pod("a", 9))
    shelf.wrote(pod("a", 7))
    assert shelf.get(("n", "a")) is None


def test_children_are_listed_by_namespace_and_owner_also_after_they_move() -> None:
    shelf = Shelf(POD)
    shelf.put(pod("b", 1))
    shelf.put(pod("a", 2))
    shelf.put(pod("c", 3, owner="other"))
    shelf.put(pod("d", 4, namespace="elsewhere"))
    assert [each["metadata"]["name"] for each in shelf.owned("n", LABEL, "m")] == ["a", "b"]
    shelf.put(pod("a", 5, owner="other"))
    shelf.drop(pod("b", 6))
    assert list(shelf.owned("n", LABEL, "m")) == []
    assert [each["metadata"]["name"] for each in shelf.owned("n", LABEL, "other")] == ["a", "c"]


def test_a_fresh_list_says_what_is_new_and_what_is_gone() -> None:
    shelf = Shelf(POD)
    for name, version in (("same", 1), ("changed", 2), ("gone", 3)):
        shelf.put(pod(name, version))
    news, gone = shelf.replace(None, [pod("same", 1), pod("changed", 5), pod("new", 6)], 10)
    assert [each["metadata"]["name"] for each in news] == ["changed", "new"]
    assert [each["metadata"]["name"] for each in gone] == ["gone"]
    assert sorted(name for _, name in shelf.places()) == ["changed", "new", "same"]


def test_a_list_of_one_namespace_leaves_the_others_and_what_is_newer_than_it() -> None:
    shelf = Shelf(POD)
    shelf.put(pod("a", 1, namespace="other"))
    shelf.put(pod("b", 20))
    assert shelf.replace("n", [], 10) == ([], [])


def test_an_approval_ends_with_the_version_it_was_given_for() -> None:
    shelf = Shelf(POD)
    shelf.put(pod("a", 1))
    shelf.approve(("n", "a"), "hash")
    assert shelf.is_approved(("n", "a"), "hash", 1)
    assert not shelf.is_approved(("n", "a"), "other", 1)
    shelf.put(pod("a", 2))
    assert not shelf.is_approved(("n", "a"), "hash", 1)


def test_the_shelf_for_an_object_is_chosen_by_its_label() -> None:
    models, runs = Shelf(POD, LABEL), Shelf(POD, OWNER_LABELS["EvaluationRun"])
    cache = Cache([models, runs, Shelf(CONFIG_MAP, LABEL, complete=False)])
    assert cache.shelf(POD, {LABEL: "m"}) is models
    assert cache.shelf(POD, {OWNER_LABELS["EvaluationRun"]: "r"}) is runs
    assert cache.shelf(POD, {}) is None
    assert cache.shelf(SECRET, {LABEL: "m"}) is None
    runs.put(pod("a", 1))
    assert cache.get(POD, ("n", "a")) is not None
    assert [cache.is_complete(kind) for kind in (POD, CONFIG_MAP, SECRET)] == [True, False, False]


def test_the_objects_of_a_namespace_are_given_by_name() -> None:
    shelf = Shelf(POD)
    for name, namespace in (("b", "n"), ("a", "n"), ("c", "other")):
        shelf.put(pod(name, 1, namespace, owner=None))
    assert [each["metadata"]["name"] for each in shelf.within("n")] == ["a", "b"]
