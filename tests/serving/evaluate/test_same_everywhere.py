"""The same run on a laptop and by the runner of the cluster: the same bytes but for times."""

import json
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationPlan
from fmops_api.evaluationrun import EvaluationRun
from fmops_operator.desired.evaluationrun import Inputs, build_plan
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import read_bundle
from tests.serving.evaluate.laptop import evaluate, resource, run_spec, write
from tests.serving.evaluate.plans import LABELS, Order, catalog_spec, number_in, write_order
from tests.serving.evaluate.runs import run
from tests.support.openai_server import Asked, Behaviour, Says, Status, openai_server

COUNT = 40
SPEC = run_spec(
    metrics=[
        {"name": "long", "type": "Rouge", "variant": "L"},
        {"name": "f1", "type": "Classification"},
        {"name": "exact", "type": "ExactMatch"},
    ],
    gates=[{"metric": "f1", "op": "AtLeast", "value": "0.1", "confidence": "0.9"}],
    repeats=2,
    execution={"maxInFlight": 16, "retries": 0, "attemptTimeout": "20s"},
)
TIMES = {"at", "time_to_first_token", "time_between_tokens", "request_time"}


class OutOfOrder:
    """Answers by the prompt alone, half of them wrongly, one never; the later ones sooner, as it chances."""

    def __init__(self, slow: set[int]) -> None:
        self._slow = slow

    def __call__(self, asked: Asked) -> Behaviour:
        number = number_in(asked.prompt)
        if number == 7:
            return Status(400)
        return Says(LABELS[number // 2 % len(LABELS)], first=0.1 if number in self._slow else 0.0)


def operators_plan(url: str, order: Order) -> EvaluationPlan:
    """Plan as the operator does for the same manifests."""
    manifest = {**resource("EvaluationRun", "quality", SPEC)}
    manifest["metadata"] |= {"namespace": "default", "uid": "u", "generation": 1}
    candidate = order.plan.candidates[0].model_copy(update={"url": url, "revision": ""})
    known = Inputs("bundle", "bundle.json", order.plan.catalog_digest, "triage@3", COUNT, [candidate])
    return build_plan(EvaluationRun.parse(manifest), known, "runner:1")


def rows_but_for_times(path: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [{name: value for name, value in row.items() if name not in TIMES} for row in rows]
    return sorted(kept, key=lambda row: (row["example"], row["repeat"]))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[RunFolder, RunFolder]:
    """Measure on a laptop, then by the runner; answers come in another order each time."""
    write(
        tmp_path, resource("EvaluationRun", "quality", SPEC), resource("PromptCatalog", "support", catalog_spec(COUNT))
    )
    with openai_server(OutOfOrder(set(range(0, COUNT, 2)))) as server:
        server_url = server.url
        assert evaluate(tmp_path, endpoint=server_url).exit_code == 0
        server.behave = OutOfOrder(set(range(0, COUNT, 3)))
        order = write_order(tmp_path, server_url, count=COUNT)
        plan = operators_plan(server_url, order)
        (tmp_path / "plan.json").write_text(plan.model_dump_json(by_alias=True))
        assert run(Order(tmp_path, plan)).exit_code == 0
    assert read_bundle(tmp_path / "bundle.json").digest == plan.catalog_digest
    return RunFolder(tmp_path / "out"), Order(tmp_path, plan).run


def test_scores_and_figures_are_the_same_bytes_and_rows_but_for_times(folders: tuple[RunFolder, RunFolder]) -> None:
    laptop, cluster = folders
    for path in (laptop.scores("tiny"), laptop.summary("tiny")):
        there = cluster.root / path.relative_to(laptop.root)
        assert path.read_bytes() == there.read_bytes(), path.name
    lines = [json.loads(line) for line in laptop.scores("tiny").read_bytes().splitlines()]
    asked = [f"golden/e{number:05}" for number in range(COUNT)]
    assert [(line["repeat"], line["example"]) for line in lines] == [(r, name) for r in (0, 1) for name in asked]
    assert rows_but_for_times(laptop.rows("tiny")) == rows_but_for_times(cluster.rows("tiny"))
    found, there = (json.loads(folder.findings("tiny").read_bytes()) for folder in folders)
    assert {**found, "curves": []} == {**there, "curves": []}
