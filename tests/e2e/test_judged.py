"""examples/judged on a real node: a real embedder, a small model that judges badly, results in a real S3 server."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import Result
from tests.cluster.build import built_programs
from tests.cluster.demo import ENGINE, MODEL, Installed
from tests.cluster.demo_install import claim
from tests.cluster.demo_watch import Target, condition, is_ready, wait_for
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import REPOSITORY
from tests.cluster.storage import model_volume
from tests.cluster.weights import MINILM, ensure_weights
from tests.support.control_plane import own_namespace
from tests.support.e2e import foundation_model
from tests.support.object_store import BUCKET
from tests.support.object_store_pod import NAME as STORE
from tests.support.object_store_pod import object_store_objects, volume_names

pytestmark = [pytest.mark.node, pytest.mark.timeout(2400)]
EXAMPLE = REPOSITORY / "examples" / "judged"
CLAIM = "minilm"
PAIRS = 4
"""Questions that are asked, half of the example's: each costs a small model on a CPU two answers and four verdicts."""
SHARDS = 2


def objects(file: str) -> list[dict[str, Any]]:
    """What a file of the example declares."""
    return [each for each in yaml.safe_load_all((EXAMPLE / file).read_text(encoding="utf-8")) if each]


def models() -> list[dict[str, Any]]:
    """The example's models by their names: the quickstart's engine chats for all, the embedder has one of its own."""
    source = {"service": {"url": ENGINE, "model": MODEL.name}}
    named = {each["metadata"]["name"]: each for each in objects("10-models.yaml")}
    embedder = named.pop("minilm")
    embedder["spec"]["source"] = {"persistentVolumeClaim": {"claimName": CLAIM, "path": MINILM.name}}
    return [*(foundation_model(name, source) for name in named), embedder]


def evaluation() -> dict[str, Any]:
    """The example's run on fewer questions, with more on their way at once: the engine answers them in one batch.

    Two pods a candidate ask, which meet in the S3 server.
    """
    (run,) = objects("30-evaluation.yaml")
    run["spec"]["examples"]["limit"] = PAIRS
    run["spec"]["execution"] |= {"maxInFlight": 8, "shards": SHARDS}
    return run


@pytest.fixture(scope="module")
def data(installed: Installed) -> Path:
    """The folder of the node that the S3 server keeps its objects in."""
    return installed.node.folder / "volumes" / "lake"


@pytest.fixture(scope="module")
def namespace(installed: Installed, data: Path) -> Iterator[str]:
    """A namespace with the weights of the embedder, the S3 server and the example."""
    kubectl = installed.kubectl
    wait_for(kubectl, MODEL, is_ready)
    with own_namespace(kubectl, "judged") as name:
        weights = model_volume(f"{name}-{CLAIM}", ensure_weights(MINILM))
        weights["spec"]["claimRef"] = {"namespace": name, "name": CLAIM}
        kubectl.apply(weights, claim(CLAIM, name, "ReadOnlyMany"))
        kubectl.apply(*object_store_objects(name, installed.images["serving"].reference, built_programs(), data))
        kubectl("wait", "--for=condition=Ready", f"pod/{STORE}", "-n", name, "--timeout=120s", timeout=130)
        kubectl.apply(*models(), *objects("20-catalog.yaml"), evaluation(), namespace=name)
        yield name
    kubectl("delete", "persistentvolume", f"{name}-{CLAIM}", *volume_names(name), "--wait=false")


@pytest.fixture(scope="module")
def run(kubectl: Kubectl, namespace: str) -> EvaluationRun:
    """The example's run once everything is measured and compared."""
    wait_for(kubectl, Target("foundationmodels", "minilm", namespace), is_ready, seconds=900)
    target = Target("evaluationruns", "help-judged", namespace)
    done = wait_for(kubectl, target, lambda found: condition(found, "Complete") == "True", seconds=1500)
    return EvaluationRun.parse(done)


def figures(run: EvaluationRun, model: str = "small", *, against: bool = False) -> dict[str, Result]:
    """The figures of a candidate at 0.95."""
    wanted = [r for r in run.status.results if (r.model, r.confidence, bool(r.against)) == (model, "0.95", against)]
    return {result.metric: result for result in wanted}


def test_the_embedder_itself_answered_the_operator(kubectl: Kubectl, namespace: str) -> None:
    model = wait_for(kubectl, Target("foundationmodels", "minilm", namespace), is_ready)
    assert condition(model, "Serving") == "True"
    assert model["status"]["readyReplicas"] == 1


def test_answers_are_as_near_to_good_ones_as_the_real_embedder_sees_them(run: EvaluationRun) -> None:
    for model in ("base", "small"):
        found = figures(run, model)["similarity"]
        assert (found.n, found.unscored) == (PAIRS, 0)
        assert found.value is not None
        assert Decimal("0.2") < Decimal(found.value) < 1, "about the same thing, and not in the same words"
        assert found.signature.startswith("cosine|minilm@")
        assert "|dim:384|" in found.signature
    difference = figures(run, against=True)["similarity"]
    assert difference.value is not None
    assert abs(Decimal(difference.value)) < Decimal("0.2"), "both are the same model"


def test_the_judge_shows_how_little_it_agrees_with_people(run: EvaluationRun) -> None:
    kappa = next(result for result in run.status.results if result.metric == "general.kappa")
    print(f"general.kappa = {kappa.value} [{kappa.low}, {kappa.high}], n={kappa.n}, unscored {kappa.unscored}")
    trusted = next(c for c in run.status.conditions if c.type == "JudgeTrusted")
    assert trusted.status != "True" or (kappa.value is not None and Decimal(kappa.value) >= Decimal("0.6"))
    gate = next(gate for gate in run.status.gates if gate.metric == "general.accuracy")
    assert trusted.status == "True" or gate.verdict == "Inconclusive"


def test_pairs_are_compared_in_both_orders(run: EvaluationRun) -> None:
    found = figures(run, against=True)
    duel, flips = found["duel"], found["duel.positionFlipRate"]
    print(f"duel = {duel.value} [{duel.low}, {duel.high}], flips {flips.value}, n={duel.n}, unscored {duel.unscored}")
    assert duel.n + duel.unscored == PAIRS
    if duel.value is not None:
        parts = [Decimal(found[f"duel.{part}"].value or "0") for part in ("wins", "ties", "losses")]
        assert abs(sum(parts, Decimal(0)) - 1) < Decimal("0.001")
        assert abs(parts[0] + parts[1] / 2 - Decimal(duel.value)) < Decimal("0.001")


def test_everything_is_in_the_s3_server(run: EvaluationRun, namespace: str, data: Path) -> None:
    kept = next(c for c in run.status.conditions if c.type == "ResultsKept")
    assert kept.status == "True", kept.message
    folder = data / BUCKET / "fmops" / namespace / "help-judged" / str(run.status.inputs_hash)
    parts = sorted((folder / "answers/model=small").glob("part-*.jsonl"))
    rows = [json.loads(line) for part in parts for line in part.read_text().splitlines()]
    assert len(rows) == PAIRS, "what one shard asked, the pod that scores did not ask again"
    assert {part.name[:19] for part in parts} == {f"part-{number:05}-of-{SHARDS:05}" for number in range(SHARDS)}
    for path in (
        "manifest.json",
        "report.html",
        "results/model=small/part-00000.parquet",
        "answers/model=small/comparison.json",
        "vectors/embedder=minilm/model=small/part-00000.jsonl",
        "judgements/judge=general/model=small/part-00000.jsonl",
        "judgements/judge=duel/model=small/part-00000.jsonl",
        "calibration/judge=general/part-00000.jsonl",
    ):
        assert (folder / path).is_file(), path
    assert "duel.positionFlipRate" in (folder / "report.html").read_text(encoding="utf-8")
