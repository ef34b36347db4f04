"""An hour in which nothing changes: as many looks as it brings, in some seconds, and not one write."""

from contextlib import closing
from typing import Any

import pytest

from fmops_operator.settings import Settings
from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until, wait_until_steady
from tests.operator.conftest import Start
from tests.operator.evaluation_bench import Bench, answer
from tests.operator.proofs.writes import looks_at, writes_of
from tests.support.api import Api
from tests.support.openai_server import openai_server

HOUR = 3600
RESYNC, PROBE = 0.5, 0.05
"""Seconds in place of those of the defaults."""
GATE = {"metric": "label", "op": "AtLeast", "value": "0.50", "bound": "Lower"}
RUN: dict[str, Any] = {
    "gates": [GATE],
    "rerun": {"onInputChange": True, "maxAge": "100000h"},
    "sink": {
        "objectStore": {
            "uri": "s3://lake/fmops",
            "endpoint": "https://s3.example",
            "credentialsSecretRef": {"name": "s3"},
        }
    },
}


@pytest.mark.timeout(120)
def test_an_hour_of_looks_at_what_does_not_change_writes_nothing(
    crds_installed: ControlPlane, namespace: str, start_operator: Start
) -> None:
    usual = Settings()
    # An endpoint that serves is asked again after its own interval, which looks at the model.
    hour = {
        "FoundationModel": HOUR / usual.probe_interval_seconds,
        "PromptCatalog": HOUR / usual.resync_seconds,
        "EvaluationRun": HOUR / usual.resync_seconds,
    }
    cluster, user = crds_installed, f"operator-{namespace}"
    gateway = {"gateway_namespace": namespace, "gateway_url": "http://gateway.example/v1"}
    operator = start_operator(resync_seconds=RESYNC, probe_interval_seconds=PROBE, **gateway)
    with openai_server(answer) as endpoint, closing(Api(cluster)) as api:
        bench = Bench(api, namespace, "quality", "tickets")
        bench.apply_model("small", endpoint.url, access={"mode": "Public"})
        bench.apply_catalog()
        bench.apply_run(RUN)
        bench.measure()
        for condition, reason in (("GatePassed", "Passed"), ("Stale", "Fresh"), ("ResultsKept", "Kept")):
            bench.wait_for(condition, reason)
        wait_until_steady("what it writes", lambda: len(writes_of(cluster, user)))

        offset, before = cluster.audit_offset(), {kind: looks_at(operator, kind) for kind in hour}
        wait_until(
            "the looks of an hour", lambda: all(looks_at(operator, kind) - before[kind] >= hour[kind] for kind in hour)
        )
        assert writes_of(cluster, user, offset) == []

        bench.apply_run({**RUN, "gates": [{**GATE, "value": "0.99"}]})
        bench.wait_for("GatePassed", "Failed")
        assert writes_of(cluster, user, offset), "whatever changes is written, and counted here"
