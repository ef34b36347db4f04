"""Grafana dashboards as rows of panels, written as JSON."""

import json
from typing import Any, NamedTuple

_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT, _ROW = 24, 8, 1


class Panel(NamedTuple):
    """One panel: each query with the legend of its lines."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    help: str = ""


class Dashboard(NamedTuple):
    """Rows of panels, for what the variables choose."""

    uid: str
    title: str
    variables: tuple[tuple[str, str], ...]
    """Name of each, and the query of its values."""
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]


def written(board: Dashboard) -> str:
    """Write a dashboard as Grafana takes it."""
    return json.dumps(_content(board), indent=2) + "\n"


def _content(board: Dashboard) -> dict[str, Any]:
    return {
        "uid": board.uid,
        "title": board.title,
        "tags": ["fmops"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_datasource(), *(_variable(*each) for each in board.variables)]},
        "panels": list(_panels(board)),
    }


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _variable(name: str, query: str) -> dict[str, Any]:
    many = name == "namespace" and "$" not in query
    return {
        "name": name,
        "type": "query",
        "datasource": _DATASOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "includeAll": False,
        "multi": False,
        "label": name.capitalize() if many else name,
    }


def _panels(board: Dashboard) -> Any:
    top, number = 0, 0
    for title, panels in board.rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": _place(0, top, _WIDTH, _ROW),
        }
        top, left = top + _ROW, 0
        for panel in panels:
            if left + panel.width > _WIDTH:
                top, left = top + _HEIGHT, 0
            number += 1
            yield _panel(panel, number, _place(left, top, panel.width, _HEIGHT))
            left += panel.width
        top += _HEIGHT


def _place(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": _DATASOURCE,
            "expr": query,
            "legendFormat": legend,
            "instant": panel.kind in {"stat", "table"},
            "range": panel.kind not in {"stat", "table"},
            "format": {"table": "table", "heatmap": "heatmap"}.get(panel.kind, "time_series"),
        }
        for index, (query, legend) in enumerate(panel.queries)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "options": {},
        "targets": targets,
    }
