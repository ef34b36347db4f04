"""Every label that a panel or an alert reads is one that its series has, and every panel shows something.

The series are written as they are declared, with the values that the queries ask for, and Prometheus' own engine
evaluates the queries on them: one that selects by another label, or divides what does not match, finds nothing.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from fmops_api.series import GATEWAY_SERIES
from fmops_operator.metrics import documented
from tests.charts.test_dashboards import board
from tests.operator.desired.test_foundationmodel_alerts import groups
from tests.support.dashboard_queries import VLLM
from tests.support.dashboards import DASHBOARDS
from tests.support.metrics_page import page
from tests.support.prometheus import program

_HISTOGRAM = re.compile(r"(_bucket|_count|_sum)$")
_SELECTOR = re.compile(r"\b((?:fmops_|vllm:|fmops:)[a-zA-Z0-9_:]+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|!=|!~|=)"([^"]*)"')
_GROUP = re.compile(r"\b(by|on)\s*\(([^)]*)\)")
_CHOSEN = {"$namespace": "support", "$model": "small", "$run": "quality", "$__rate_interval": "5m"}
_VALUES = ("support", "small-0", "500", "401", "200")
"""What stands for a pattern: the first one that it matches."""


class Query(NamedTuple):
    """An expression, and the labels that its legend shows."""

    text: str
    legend: tuple[str, ...] = ()


def panels() -> list[Query]:
    return [
        Query(_chosen(target["expr"]), tuple(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])))
        for name in DASHBOARDS
        for panel in board(name)["panels"]
        for target in panel.get("targets", ())
    ]


def rules() -> list[Query]:
    """The alerts and records of a model, and what docs/metrics.md gives to copy."""
    told = page().partition("```promql\n")[2].partition("```")[0].splitlines()
    made = [Query(rule["expr"]) for group in groups() for rule in group["rules"]]
    return [*made, *(Query(line.partition("#")[0].strip()) for line in told)]


def _chosen(text: str) -> str:
    for variable, value in _CHOSEN.items():
        text = text.replace(variable, value)
    return text


def declared() -> dict[str, set[str]]:
    """The labels of every series; those of an engine's pod come from the scrape."""
    found = {each.name: set(each.labels) for each in GATEWAY_SERIES}
    found |= {each.name: set(each.labels) for each in documented()}
    found |= {name: {"model_name", "engine", "namespace", "pod"} for name in VLLM}
    found |= {f"{name}_bucket": {*labels, "le"} for name, labels in found.items()}
    records = [rule for group in groups() for rule in group["rules"] if "record" in rule]
    return found | {rule["record"]: set(rule["labels"]) for rule in records}


LABELS = declared()


def labels_of(name: str) -> set[str]:
    return LABELS.get(name) or LABELS[_HISTOGRAM.sub("", name)]


def selectors(text: str) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    for name, matchers in _SELECTOR.findall(text):
        yield name, {label: (operator, value) for label, operator, value in _MATCHER.findall(matchers)}


def faults(query: Query) -> Iterator[str]:
    """Name the labels that a series does not have where they are read."""
    for name, matchers in selectors(query.text):
        yield from (f"{name} has no label {label}" for label in matchers if label not in labels_of(name))
    shown: set[str] = set()
    for found in _GROUP.finditer(query.text):
        wanted = {label.strip() for label in found[2].split(",")} - {""}
        shown |= wanted
        after = _SELECTOR.search(query.text, found.end())
        if after is not None:
            yield from (f"{after[1]} has no label {label} to go {found[1]}" for label in wanted - labels_of(after[1]))
    if not shown and not re.match(r"(sum|max|count|histogram_quantile)\b", query.text):
        shown = set.intersection(*(labels_of(name) for name, _ in selectors(query.text)))
    yield from (f"the legend shows {label}, which the result does not have" for label in set(query.legend) - shown)


def test_every_label_that_is_read_is_there() -> None:
    for query in (*panels(), *rules()):
        assert list(faults(query)) == [], query.text


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        (Query('fmops_gateway_addresses{name="a"}'), "fmops_gateway_addresses has no label name"),
        (Query("sum by (pod) (rate(fmops_gateway_tokens_total[5m]))"), "has no label pod to go by"),
        (Query("sum by (kind) (rate(fmops_gateway_tokens_total[5m]))", ("model",)), "the legend shows model"),
        (Query("max(fmops_queue_depth)", ("kind",)), "the legend shows kind"),
    ],
)
def test_a_label_that_is_not_there_is_named(query: Query, fault: str) -> None:
    (found,) = faults(query)
    assert fault in found


def example(operator: str, value: str) -> str:
    """Give a value of a label that a matcher takes."""
    if operator == "=":
        return value
    return next(each for each in _VALUES if (re.fullmatch(value, each) is None) == (operator == "!~"))


def series(queries: list[Query]) -> set[str]:
    """Write the series that the queries ask for, each with the labels that it is declared with."""
    found = set()
    for query in queries:
        for name, matchers in selectors(query.text):
            values = {
                label: example(*matchers[label]) if label in matchers else "any" for label in labels_of(name) - {"le"}
            }
            ends = [matchers["le"][1]] if "le" in matchers else ["0.5", "+Inf"]
            for end in ends if "le" in labels_of(name) else [""]:
                every = {**values, **({"le": end} if end else {})}
                written = ",".join(f'{label}="{every[label]}"' for label in sorted(every))
                found.add(f"{name}{{{written}}}")
    return found


def test_prometheus_finds_something_for_every_panel(tmp_path: Path) -> None:
    queries = panels()
    assert len(queries) > 40
    asked = [
        {"expr": f"count({query.text}) > bool 0", "eval_time": "15m", "exp_samples": [{"labels": "{}", "value": 1}]}
        for query in queries
    ]
    there = [{"series": name, "values": "0+1x20"} for name in sorted(series(queries))]
    test = {"interval": "1m", "input_series": there, "promql_expr_test": asked}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))
    command = [program("promtool"), "test", "rules", "tests.yaml"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
