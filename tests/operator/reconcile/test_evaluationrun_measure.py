"""An evaluation that also puts its candidate under load, on a real control plane, by the real runner."""

import json
from pathlib import Path

from tests.operator.evaluation_bench import Bench

LADDER = {"concurrency": [1, 4], "requests": 20, "warmup": 2}
GATE = {"metric": "throughput.requests.c4", "op": "AtLeast", "value": "0.001", "bound": "Point"}


def test_the_real_runner_answers_and_then_climbs_the_ladder(bench: Bench, tmp_path: Path) -> None:
    bench.apply_run({"performance": LADDER, "gates": [GATE]})
    name = bench.job()["metadata"]["name"]
    assert bench.wait_for("PerformanceMeasured", "Waiting")[0] == "Unknown"
    assert bench.play(tmp_path) == 0
    bench.wait("the Job of the ladder", lambda: len(bench.pods_of(f"{name}-measure")) == 1)
    bench.wait("the answers to be told", lambda: bench.condition("Answered")[0] == "True")
    assert bench.condition("Complete")[0] == "Unknown"
    assert bench.get("job", f"{name}-measure")["spec"]["parallelism"] == 1
    assert bench.play(tmp_path) == 0
    assert bench.wait_for("Complete", "Measured")[0] == "True"
    assert bench.condition("PerformanceMeasured")[0] == "True"
    found = {result["metric"]: result for result in bench.status()["results"]}
    assert found["throughput.requests.c4"]["n"] == LADDER["requests"]
    assert float(found["latency.request.p95.c1"]["value"]) > 0
    assert [gate["verdict"] for gate in bench.status()["gates"]] == ["Passed"]
    levels = sorted(path for path in (tmp_path / "sink").rglob("c?.json") if path.parent.name == "model=small")
    assert [json.loads(level.read_text())["completed"] for level in levels] == [20, 20]
