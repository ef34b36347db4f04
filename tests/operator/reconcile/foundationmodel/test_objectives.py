"""Objectives and alerts of a model on a real control plane: from Prometheus into the status, and into a rule."""

import pytest

from tests.cluster.progress import wait_until
from tests.operator.reconcile.foundationmodel.conftest import PROMETHEUS
from tests.support.api import path_of
from tests.support.model_stage import Stage
from tests.support.monitoring import counted

pytestmark = pytest.mark.cluster


def test_what_the_gateway_measured_is_in_the_status_and_alerts_watch_it(stage: Stage) -> None:
    theatre = stage.theatre
    theatre.outside.answers[f"{PROMETHEUS}/api/v1/query"] = (200, counted(stage.namespace, stage.name, 90, 100))
    url = f"http://{stage.name}.open.example/v1"
    theatre.outside.serve_model(url, "m")
    stage.apply(
        source={"provider": {"api": "OpenAI", "baseURL": url, "model": "m"}},
        objectives={"latency": {"timeToFirstToken": {"below": "500ms"}, "request": {"below": "2s"}}},
    )
    missed = stage.wait_for("ObjectivesMet", "False", "LatencyAboveObjective")
    assert missed["message"] == "timeToFirstToken: fewer than 95 of 100 answers came within 500ms"
    observed = stage.status()["observed"]
    assert observed["window"] == "5m"
    assert observed["toxicResponses"] == "0.1"
    assert observed["timeToFirstToken"] == {"p50": "140ms", "p95": "750ms"}

    rule = path_of("monitoring.coreos.com/v1", "PrometheusRule", stage.namespace, stage.name)
    written = theatre.api.request("GET", rule)
    assert [group["name"] for group in written["spec"]["groups"]] == ["fmops.model"], "no gateway counts anything here"
    written["spec"]["groups"] = []
    theatre.api.request("PUT", rule, written)

    def back() -> bool:
        return bool(theatre.api.request("GET", rule)["spec"]["groups"])

    wait_until("the rule that a hand emptied is back", back, seconds=60)
    stage.delete("FoundationModel")
