"""The example of three looks at answers, run as it stands: near, scored, and preferred."""

import json
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner

from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_serving.__main__ import fmops
from tests.cluster.paths import REPOSITORY
from tests.support.openai_server import Asked, Behaviour, Says, Vectors, openai_server

FOLDER = REPOSITORY / "examples" / "judged"


def judge(asked: Asked) -> Behaviour:
    """Score everything well, and prefer what is longer."""
    schema = asked.body["response_format"]["json_schema"]["schema"]["properties"]
    if "verdict" not in schema:
        return Says(json.dumps({name: {"reason": "so", "score": 5} for name in schema}))
    one, other = (asked.prompt.split(f"=== BEGIN ANSWER {name} ===")[1].split("=== END")[0] for name in "AB")
    return Says(json.dumps({"reason": "so", "verdict": "A" if len(one) > len(other) else "B"}))


def lengths(texts: Sequence[str], before: int) -> Vectors:
    """See nothing but lengths."""
    return Vectors([[1.0, len(text) / 100] for text in texts])


def test_each_look_has_its_figures_and_a_judge_that_always_praises_is_not_trusted(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Behaviour:
        return Says("It is a rather long story." if asked.body["model"] == "small" else "It is.")

    with openai_server(answer, ["small", "base"]) as chat, openai_server(judge, ["large"]) as large:
        large.embed = lengths
        ends = [("base", chat), ("small", chat), ("large", large), ("minilm", large)]
        arguments = [part for name, server in ends for part in ("--endpoint", f"{name}={server.url}")]
        done = CliRunner().invoke(fmops, ["evaluate", "-f", str(FOLDER), *arguments, "--output", str(tmp_path)])
    assert done.exit_code == 3, done.output
    status = EvaluationRunStatus.model_validate_json((tmp_path / "summary.json").read_bytes())
    found = {(r.model, r.metric, bool(r.against)): (r.value, r.n) for r in status.results}
    assert found["small", "duel", True] == ("1", 8)
    assert found["small", "duel.positionFlipRate", True] == ("0", 8)
    assert found["base", "general.kappa", False] == ("0", 6)
    assert found["small", "similarity", False][1] == 8
    assert {(g.model, g.metric): str(g.verdict) for g in status.gates if g.metric in {"duel", "general.accuracy"}} == {
        ("base", "general.accuracy"): "Inconclusive",
        ("small", "general.accuracy"): "Inconclusive",
        ("small", "duel"): "Passed",
    }
