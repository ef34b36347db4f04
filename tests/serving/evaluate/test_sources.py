"""Runners and laptops read examples where they stand, and a runner refuses others than the bundle names."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fmops_api.catalogsource import CatalogSource
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.__main__ import fmops
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.laptop.sources import read_sources, volumes
from fmops_serving.prompts.catalog import canonical, resolve
from tests.serving.evaluate.laptop import condition, evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import Order, catalog_spec, write_order
from tests.serving.evaluate.runs import right, run, summary
from tests.support.openai_server import openai_server

SOURCE = {"name": "disk", "persistentVolumeClaim": {"claimName": "evals", "path": "v3/a.jsonl"}}


def bulky_spec(folder: Path, count: int) -> dict[str, Any]:
    """A catalogue whose examples stand in a file of a folder."""
    spec = catalog_spec(count)
    examples = spec["exampleSets"][0].pop("examples")
    spec["exampleSets"][0]["source"] = "disk"
    spec["sources"] = [SOURCE]
    (folder / "v3").mkdir(exist_ok=True)
    (folder / "v3/a.jsonl").write_text("".join(json.dumps(example) + "\n" for example in examples))
    return spec


def bulky_order(folder: Path, url: str) -> Order:
    spec = PromptCatalogSpec.model_validate(bulky_spec(folder, 12))
    reports = {name: report for name, (report, _) in read_sources(spec, {"evals": folder}).items()}
    catalog = resolve(spec, {}, reports).catalog
    assert catalog is not None
    order = write_order(folder, url, catalog_digest=catalog.digest)
    (folder / "bundle.json").write_bytes(canonical(catalog))
    return order


def options(folder: Path) -> list[str]:
    return ["--source", json.dumps(SOURCE), "--volume", f"evals={folder}"]


def test_a_runner_reads_what_the_bundle_names_and_measures_it(tmp_path: Path) -> None:
    with openai_server(right) as server:
        order = bulky_order(tmp_path, server.url)
        done = run(order, *options(tmp_path))
    assert done.exit_code == 0, done.output
    assert (len(server.asked), summary(order).answered) == (12, 12)
    assert {r.value for r in summary(order).results if r.metric == "f1"} == {"1"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param('{"id": "e00000", "input": "number 0"}', "it holds 1 examples with sha256:", id="other examples"),
        pytest.param("{", "line 1: is not JSON", id="no examples any more"),
        pytest.param(None, "the volume has no file v3/a.jsonl", id="no file any more"),
    ],
)
def test_a_runner_refuses_a_source_that_changed_and_asks_nobody(
    tmp_path: Path, content: str | None, words: str
) -> None:
    with openai_server(right) as server:
        order = bulky_order(tmp_path, server.url)
        (tmp_path / "v3/a.jsonl").unlink() if content is None else (tmp_path / "v3/a.jsonl").write_text(content)
        done = run(order, *options(tmp_path))
    assert (done.exit_code, summary(order).reason, server.asked) == (2, "SourceChanged", [])
    assert summary(order).error.startswith("the source disk changed since the catalogue read it: ")
    assert words in summary(order).error


def test_a_runner_that_is_not_told_where_a_source_is_says_so(tmp_path: Path) -> None:
    done = run(bulky_order(tmp_path, "http://127.0.0.1:9"))
    assert (done.exit_code, "the examples of disk are not in the bundle" in done.output) == (2, True)
    done = run(bulky_order(tmp_path, "http://127.0.0.1:9"), "--source", "{}")
    assert (done.exit_code, "must be an entry of a PromptCatalog's sources" in done.output) == (2, True)


def test_a_laptop_reads_a_folder_in_place_of_a_claim(folder: Path) -> None:
    spec = bulky_spec(folder, 8)
    write(folder, resource("EvaluationRun", "quality", run_spec(gates=[])), resource("PromptCatalog", "support", spec))
    with openai_server(right) as server:
        refused = evaluate(folder, endpoint=server.url)
        assert (refused.exit_code, server.asked) == (2, [])
        assert "which folder stands for the claim is not said: add --volume evals=DIR" in refused.output
        done = evaluate(folder, "--volume", f"evals={folder}", endpoint=server.url)
    assert done.exit_code == 0, done.output
    assert (len(server.asked), condition(folder, "Complete")[0]) == (8, "True")
    assert {r.n for r in status(folder).results if r.metric == "f1"} == {8}


def test_validate_says_what_it_cannot_see(folder: Path) -> None:
    spec = bulky_spec(folder, 8)
    spec["sources"].append({"name": "in-bucket", "objectStore": {"uri": "s3://evals/a.jsonl"}})
    write(folder, resource("PromptCatalog", "support", spec))
    done = CliRunner().invoke(fmops, ["validate", "-f", str(folder / "all.yaml")])
    assert done.exit_code == 0, done.output
    for place in ("PersistentVolumeClaim/evals", "s3://evals/a.jsonl"):
        assert f"not among the files, so not followed: PromptCatalog/support → {place}" in done.output


def test_options_for_claims_are_held_against_the_catalogue(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"--volume evals: .* is no folder"):
        volumes([f"evals={tmp_path}/absent"])
    spec = PromptCatalogSpec.model_validate(bulky_spec(tmp_path, 1))
    with pytest.raises(BadInput, match=r"no source of the catalogue is on that claim; did you mean evals\?"):
        read_sources(spec, {"eval": tmp_path})
    assert CatalogSource.model_validate(SOURCE).place == "PersistentVolumeClaim/evals"
