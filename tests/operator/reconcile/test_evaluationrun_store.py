"""EvaluationRuns whose sink is an object store: the real operator, the real runner, a real S3 server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench
from tests.support.object_store import KEYS, ObjectStoreServer, object_store


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStoreServer]:
    """A server with the bucket `lake`."""
    with object_store(tmp_path_factory.mktemp("object-store")) as server:
        yield server


def sink(lake: ObjectStoreServer, uri: str = "s3://lake/fmops") -> dict[str, Any]:
    secret = {"name": "s3"}
    return {"sink": {"objectStore": {"uri": uri, "endpoint": lake.endpoint, "credentialsSecretRef": secret}}}


def test_rows_results_and_reports_are_in_the_store_and_the_status_says_where(
    bench: Bench, lake: ObjectStoreServer, tmp_path: Path
) -> None:
    bench.apply_run(sink(lake))
    assert bench.play(tmp_path, environment=KEYS) == 0
    bench.wait_for("ResultsKept", "Kept")
    status = bench.status()
    folder = f"fmops/{bench.namespace}/{bench.run}/{status['inputsHash']}"
    assert status["report"] == f"s3://lake/{folder}"
    found = lake.objects(folder)
    assert {"report.html", "results/model=small/part-00000.parquet", "answers/model=small/_SUCCESS"} <= set(found)
    assert bench.condition("ResultsKept")[2] == f"the rows are in s3://lake/{folder}"


def test_a_store_that_refuses_is_told_until_it_takes_them(
    bench: Bench, lake: ObjectStoreServer, tmp_path: Path
) -> None:
    bench.apply_run(sink(lake))
    assert bench.play(tmp_path, environment={**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"}) == 5
    bench.wait_for("ResultsKept", "SinkFailed")
    status, _, message = bench.condition("ResultsKept")
    assert (status, "the store refuses the credentials" in message) == ("False", True)
    assert bench.condition("Complete")[0] == "Unknown", "the Job tries again"
    assert bench.play(tmp_path, environment=KEYS) == 0
    bench.wait_for("ResultsKept", "Kept")
    assert bench.condition("Complete")[0] == "True"


def test_a_changed_place_makes_no_new_inputs(bench: Bench, lake: ObjectStoreServer, tmp_path: Path) -> None:
    bench.apply_run(sink(lake))
    assert bench.play(tmp_path, environment=KEYS) == 0
    bench.wait_for("ResultsKept", "Kept")
    before = bench.status()
    bench.apply_run(sink(lake, "s3://lake/elsewhere"))
    bench.wait("another look", lambda: bench.status()["observedGeneration"] > before["observedGeneration"])
    assert bench.status()["inputsHash"] == before["inputsHash"]
    assert bench.status()["report"] == before["report"], "what is kept stays where it is"
