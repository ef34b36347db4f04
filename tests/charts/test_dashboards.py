"""The dashboards: queries that Prometheus can read, of series that there are, and panels that do not overlap."""

import json
import re
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from fmops_api.series import GATEWAY_SERIES, SeriesType
from fmops_operator.desired.foundationmodel_alerts import RECORD
from fmops_operator.metrics import documented
from tests.operator.desired.test_foundationmodel_alerts import groups
from tests.support.dashboard import written
from tests.support.dashboard_queries import VLLM
from tests.support.dashboards import DASHBOARDS
from tests.support.helm import objects, template
from tests.support.prometheus import program

NAMES = pytest.mark.parametrize("name", DASHBOARDS)
_METRIC = re.compile(r"\b((?:fmops_|vllm:|fmops:)[a-zA-Z0-9_:]+)")
_HISTOGRAM = ("_bucket", "_count", "_sum")


def board(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(DASHBOARDS[name]))
    return found


def queries(name: str) -> list[str]:
    return [target["expr"] for panel in board(name)["panels"] for target in panel.get("targets", ())]


def known() -> set[str]:
    histograms = {each.name for each in GATEWAY_SERIES if each.type is SeriesType.HISTOGRAM}
    histograms |= {each.name for each in documented() if each.type == "histogram"}
    histograms |= {name for name in VLLM if name.endswith("_seconds")}
    single = {*(each.name for each in GATEWAY_SERIES), *(each.name for each in documented()), *VLLM} - histograms
    records = {rule["record"] for group in groups() for rule in group["rules"] if "record" in rule}
    assert all(name.startswith(RECORD) for name in records)
    return single | records | {f"{name}{suffix}" for name in histograms for suffix in _HISTOGRAM}


@NAMES
def test_every_series_of_a_panel_is_there(name: str) -> None:
    variables = [
        variable["query"]["query"] for variable in board(name)["templating"]["list"] if variable["type"] == "query"
    ]
    assert queries(name)
    for query in (*queries(name), *variables):
        assert set(_METRIC.findall(query)) - known() == set(), query


def test_every_series_of_an_alert_is_there() -> None:
    rules = [rule for group in groups() for rule in group["rules"]]
    assert len(rules) > 10
    for rule in rules:
        assert set(_METRIC.findall(rule["expr"])) - known() == set(), rule["expr"]


def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    expressions = [query.replace("$__rate_interval", "5m") for name in DASHBOARDS for query in queries(name)]
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    command = [program("promtool"), "check", "rules", "rules.yaml"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


@NAMES
def test_panels_have_numbers_of_their_own_and_do_not_overlap(name: str) -> None:
    panels = board(name)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart or below, (one, other)


def test_dashboards_have_names_of_their_own() -> None:
    assert len({board(name)["uid"] for name in DASHBOARDS}) == len(DASHBOARDS)


def test_the_chart_gives_each_to_the_sidecar_as_it_is() -> None:
    made = [each for each in objects(template(("dashboards.enabled=true",))) if "dashboard" in each["metadata"]["name"]]
    assert {each["metadata"]["labels"]["grafana_dashboard"] for each in made} == {"1"}
    contents = {name: text for each in made for name, text in each["data"].items()}
    assert contents == {f"{name}.json": written(board) for name, board in DASHBOARDS.items()}
    assert not [each for each in objects(template()) if "dashboard" in each["metadata"]["name"]]
