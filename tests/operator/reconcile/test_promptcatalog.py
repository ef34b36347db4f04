"""PromptCatalogs on a real control plane, under the real operator."""

import json
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench
from tests.operator.evaluation_samples import catalog_manifest

SPEC = catalog_manifest()["spec"]
LINES = [{"id": f"s{n}", "input": f"ticket {n}", "label": "refund"} for n in range(3)]


def source(name: str, content: str, key: str = "examples.jsonl") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {key: content}}


def lines(*examples: dict[str, Any]) -> str:
    return "\n".join(json.dumps(example) for example in examples)


def with_source(bench: Bench) -> dict[str, Any]:
    """A catalogue whose golden set comes from a ConfigMap of the test's own."""
    where = {"name": f"source-{bench.catalog}", "key": "examples.jsonl"}
    return {
        "sources": [{"name": "bulk", "configMap": where}],
        "exampleSets": [{"name": "golden", "source": "bulk"}],
    }


def ready(bench: Bench, reason: str) -> tuple[str, str]:
    return bench.wait_for("Ready", reason, "pc", bench.catalog)


def status(bench: Bench) -> dict[str, Any]:
    return bench.status("pc", bench.catalog)


def edited(content: str, version: int = 1) -> dict[str, Any]:
    """The catalogue with one more template."""
    extra = {"name": "extra", "version": version, "messages": [{"role": "User", "content": content}]}
    return {"templates": [*SPEC["templates"], extra]}


def test_a_sound_catalogue_is_bundled_under_its_digest(bench: Bench) -> None:
    assert ready(bench, "Bundled") == ("True", f"bundle {bench.bundles()[0]}: 2 templates, 0 rubrics, 6 examples")
    found = status(bench)
    nothing = dict.fromkeys(("chains", "rubrics", "unlabelled", "positive", "negative"), 0)
    assert found["counts"] == {"templates": 2, "labelled": 6, **nothing}
    assert (found["users"], found.get("usedBy")) == (0, None)
    assert found["bundle"]["configMap"] == f"{bench.catalog}-{found['digest'].removeprefix('sha256:')[:10]}"
    bundle = bench.get("configmap", found["bundle"]["configMap"])
    assert bundle["immutable"] is True
    assert bundle["metadata"]["annotations"]["fmops.dev/digest"] == found["digest"]
    assert {e["id"] for e in json.loads(bundle["data"]["bundle.json"])["exampleSets"][0]["examples"]} == {
        f"e{n}" for n in range(6)
    }


def test_who_names_a_catalogue_is_told_as_they_come_and_go(bench: Bench) -> None:
    def users() -> list[str]:
        found = status(bench)
        names = [user["name"] for user in found.get("usedBy", ()) if user["kind"] == "EvaluationRun"]
        assert len(names) == found["users"]
        return names

    other = Bench(bench.api, bench.namespace, f"{bench.run}-b", bench.catalog)
    ready(bench, "Bundled")
    for each in (other, bench):
        each.apply_run({"execution": {"suspend": True}})
    bench.wait("both runs", lambda: users() == [bench.run, other.run], "pc", bench.catalog)
    bench.apply_run({"execution": {"suspend": True}, "catalog": {"name": "absent"}})
    bench.wait("the other run", lambda: users() == [other.run], "pc", bench.catalog)
    bench.apply_catalog(edited("{{ nobody }}"))
    ready(bench, "InvalidEntry")
    assert users() == [other.run]
    bench.delete("er", other.run)
    bench.wait("nobody", lambda: users() == [], "pc", bench.catalog)


def test_a_bundle_deleted_by_hand_comes_back(bench: Bench) -> None:
    ready(bench, "Bundled")
    (name,) = bench.bundles()
    bench.delete("configmap", name)
    bench.wait("the bundle", lambda: bench.bundles() == [name], "pc", bench.catalog)


def test_sources_are_read_and_counted(bench: Bench) -> None:
    bench.apply(source(f"source-{bench.catalog}", lines(*LINES)))
    bench.apply_catalog(with_source(bench))
    ready(bench, "Bundled")
    bench.wait("three examples", lambda: status(bench)["counts"]["labelled"] == 3, "pc", bench.catalog)
    (read,) = status(bench)["sources"]
    assert (read["name"], read["entries"], read["digest"][:7]) == ("bulk", 3, "sha256:")
    assert bench.condition("SourcesResolved", "pc", bench.catalog)[:2] == ("True", "SourcesRead")


def test_a_source_that_comes_later_is_seen_when_it_comes(bench: Bench) -> None:
    ready(bench, "Bundled")
    bench.apply_catalog(with_source(bench))
    name = f"source-{bench.catalog}"
    state, message = ready(bench, "SourceNotFound")
    assert state == "False"
    assert message.startswith(f"spec.sources[bulk].configMap.name: there is no ConfigMap {name}; in force stays ")
    assert bench.condition("Reconciling", "pc", bench.catalog)[0] == "True"
    bench.apply(source(name, lines(*LINES), key="other.jsonl"))
    expected = f"ConfigMap {name} has no key examples.jsonl; it has other.jsonl"
    bench.wait("the key to be missed", lambda: expected in ready(bench, "SourceNotFound")[1], "pc", bench.catalog)
    bench.apply(source(name, lines(*LINES)))
    ready(bench, "Bundled")


def test_an_edited_source_is_released_and_runs_measure_again(bench: Bench) -> None:
    name = f"source-{bench.catalog}"
    bench.apply(source(name, lines(*LINES)))
    bench.apply_catalog(with_source(bench))
    bench.wait("the source", lambda: status(bench).get("sources") is not None, "pc", bench.catalog)
    bench.apply_run()
    bench.measure()
    bench.wait_for("Ready", "Measured")
    first = bench.status()["inputsHash"]
    bench.apply(source(name, lines(*LINES, {"id": "s9", "input": "new", "label": "billing"})))
    bench.wait("other inputs", lambda: bench.status()["inputsHash"] != first)
    assert bench.status()["progressText"] == "0/4"
    bench.measure()
    bench.wait_for("Ready", "Measured")
    assert [past["inputsHash"] for past in bench.status()["history"]] == [first]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param('{"id": "a", "input": "x"}\nnot json', "spec.sources[bulk] line 2: is not JSON", id="no JSON"),
        pytest.param(
            '{"id": "a"}\n{"id": "a"}', "spec.sources[bulk] line 2: id a stands on line 1 already", id="an id twice"
        ),
        pytest.param('{"id": "a", "lable": "x"}', "spec.sources[bulk] line 1: lable", id="a field misspelt"),
    ],
)
def test_an_unreadable_source_is_told_with_its_line_and_the_last_bundle_stays(
    bench: Bench, content: str, said: str
) -> None:
    ready(bench, "Bundled")
    (before,) = bench.bundles()
    bench.apply(source(f"source-{bench.catalog}", content))
    bench.apply_catalog(with_source(bench))
    state, message = ready(bench, "SourceUnreadable")
    assert state == "False"
    assert said in message
    assert message.endswith(f"; in force stays {before}")
    assert bench.condition("SourcesResolved", "pc", bench.catalog)[:2] == ("False", "SourceUnreadable")
    assert status(bench)["bundle"]["configMap"] == before


def test_a_faulty_entry_is_told_with_its_path_and_runs_go_on_with_the_last_valid_bundle(bench: Bench) -> None:
    ready(bench, "Bundled")
    before = status(bench)
    bench.apply_catalog(edited("{{ nobody }}"))
    message = ready(bench, "InvalidEntry")[1]
    assert message.startswith("spec.templates[extra@1].messages[0].content: ")
    assert "nobody" in message
    assert bench.condition("Valid", "pc", bench.catalog)[:2] == ("False", "InvalidEntry")
    assert bench.condition("Stalled", "pc", bench.catalog)[0] == "True"
    after = status(bench)
    assert (after["digest"], after["bundle"], after["counts"]) == (before["digest"], before["bundle"], before["counts"])
    bench.apply_run()
    bench.measure()
    bench.wait_for("Ready", "Measured")


def test_a_catalogue_that_was_never_valid_has_no_bundle_and_runs_wait_for_it(bench: Bench) -> None:
    never = Bench(bench.api, bench.namespace, bench.run, f"{bench.catalog}-never")
    never.apply_catalog(edited("{{ nobody }}"))
    assert never.wait_for("Ready", "InvalidEntry", "pc", never.catalog)[1].endswith("; no bundle is in force")
    never.apply_run()
    message = never.wait_for("Ready", "CatalogNotReady")[1]
    assert message.startswith(f"PromptCatalog {never.catalog} has no bundle yet: InvalidEntry: spec.templates[extra@1]")
    never.apply_catalog()
    never.measure()
    never.wait_for("Ready", "Measured")


def test_old_bundles_stay_while_a_run_needs_them_and_the_rest_goes(bench: Bench) -> None:
    pause = {"execution": {"suspend": True}}
    ready(bench, "Bundled")
    (used,) = bench.bundles()
    bench.apply_run(pause)
    bench.wait_for("Ready", "Suspended")
    # The catalogue that the run names is gone, so its plan on the first bundle stays what it was.
    bench.apply_run({**pause, "catalog": {"name": "absent"}})
    bench.wait_for("Ready", "CatalogNotFound")
    released = [used]
    for version in range(1, 6):
        bench.apply_catalog(edited("a text", version))
        bench.wait("another bundle", lambda: status(bench)["bundle"]["configMap"] not in released, "pc", bench.catalog)
        released.append(status(bench)["bundle"]["configMap"])
    bench.wait("others to go", lambda: len(bench.bundles()) <= 4, "pc", bench.catalog)
    assert {used, released[-1]} <= set(bench.bundles())
    bench.apply_run(pause)
    bench.wait_for("Ready", "Suspended")
    bench.apply_catalog(edited("a text", 6))
    bench.apply_catalog(edited("a text", 7))
    bench.apply_catalog(edited("a text", 8))
    bench.wait("the first one to go", lambda: used not in bench.bundles(), "pc", bench.catalog)
