"""`fmops evaluate` with an embedder: the same manifests, and an endpoint for it."""

from pathlib import Path

import pytest

from tests.serving.evaluate.embed.test_embedding import seen
from tests.serving.evaluate.laptop import evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec
from tests.serving.evaluate.runs import right
from tests.support.openai_server import Status, openai_server

COSINE = {"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}}
GATE = {"metric": "similarity", "op": "AtLeast", "value": "0.9"}


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    write(
        tmp_path,
        resource("EvaluationRun", "quality", run_spec(metrics=[COSINE], gates=[GATE])),
        resource("PromptCatalog", "support", catalog_spec(8)),
    )
    return tmp_path


def test_an_embedder_has_an_endpoint_as_a_candidate_has(manifests: Path) -> None:
    with openai_server(right) as server, openai_server(right, ["all-minilm"]) as embedder:
        embedder.embed = seen
        done = evaluate(manifests, "--endpoint", f"minilm={embedder.url}", endpoint=server.url)
    assert done.exit_code == 0, done.output
    (figure,) = [result for result in status(manifests).results if result.metric == "similarity"]
    assert (figure.value, figure.signature) == ("1", "cosine|minilm@unknown|dim:4|best|t|v1")
    assert embedder.embedded[0]["model"] == "all-minilm"


def test_without_an_endpoint_or_with_one_that_is_away_nobody_is_asked(manifests: Path) -> None:
    with openai_server(right) as server:
        done = evaluate(manifests, endpoint=server.url)
        assert done.exit_code == 2
        assert "embedder minilm has no endpoint: add --endpoint minilm=URL" in done.stderr
        with openai_server(right, Status(500)) as away:
            done = evaluate(manifests, "--endpoint", f"minilm={away.url}", endpoint=server.url)
        assert done.exit_code == 4
        assert "embedder minilm: " in done.stderr
        assert server.asked == []
