"""Candidates of different families in one run, each asked its own variant."""

from pathlib import Path
from typing import Any

import orjson

from tests.serving.evaluate.laptop import evaluate, resource, run_spec, write
from tests.serving.evaluate.plans import catalog_spec
from tests.serving.evaluate.runs import right
from tests.support.openai_server import openai_server


def model(name: str, url: str, **card: Any) -> dict[str, Any]:
    source = {"service": {"url": url.removesuffix("/v1"), "model": "tiny"}}
    return resource("FoundationModel", name, {"task": "Chat", "source": source, **({"card": card} if card else {})})


def written(folder: Path, url: str, family: str = "llama") -> None:
    catalog = catalog_spec(20)
    messages = [{"role": "System", "content": "Llama!"}, {"role": "User", "content": "Ticket {{ input }}"}]
    catalog["templates"][0]["variants"] = [{"selector": {"family": "llama"}, "messages": messages}]
    run = run_spec(candidates={"models": [{"name": "one"}, {"name": "two"}]})
    write(
        folder,
        resource("EvaluationRun", "quality", run),
        resource("PromptCatalog", "support", catalog),
        model("one", url, family=family),
        model("two", url),
    )


def systems(folder: Path, name: str) -> set[str]:
    rows = (folder / "out" / "answers" / f"model={name}" / "part-00000.jsonl").read_bytes().splitlines()
    return {orjson.loads(row)["messages"][0]["content"] for row in rows}


def test_each_candidate_is_asked_the_variant_of_its_family(tmp_path: Path) -> None:
    with openai_server(right) as server:
        written(tmp_path, server.url)
        done = evaluate(tmp_path)
    assert done.exit_code == 0, done.output
    assert systems(tmp_path, "one") == {"Llama!"}
    assert systems(tmp_path, "two") == {"Answer with one label."}
    manifest = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert [candidate.get("family") for candidate in manifest["plan"]["candidates"]] == ["llama", None]
    assert "variants" in manifest["template"]


def test_a_changed_family_asks_anew_only_where_it_picks_another_prompt(tmp_path: Path) -> None:
    with openai_server(right) as server:
        hashes, asked = [], []
        for family in ("gemma", "qwen", "llama"):
            written(tmp_path, server.url, family)
            evaluate(tmp_path)
            hashes.append(orjson.loads((tmp_path / "out" / "summary.json").read_bytes())["inputsHash"])
            asked.append(len(server.asked))
    assert hashes[0] == hashes[1] != hashes[2]
    assert asked == [40, 40, 60]
