"""The alerts of a model, run by promtool: they fire, do not fire without cause, and resolve."""

import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from fmops_api.series import TIME_BUCKETS
from fmops_operator.desired.foundationmodel_alerts import bucket_weights, build_prometheus_rule
from fmops_operator.settings import Settings
from tests.operator.model_samples import model
from tests.support.prometheus import program

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
GATEWAY = Settings(gateway_namespace="gateways", gateway_url="http://gw.example/v1")
PROMISED = model(
    {
        "guardrails": [{"name": "toxic", "detector": "Toxicity"}],
        "objectives": {
            "latency": {"timeToFirstToken": {"below": "500ms"}, "request": {"quantile": "0.9", "below": "6s"}},
            "toxicity": {"maxFraction": "0.01"},
        },
    }
)
PLACE = 'namespace="support",model="small"'
TTFT = "fmops_gateway_time_to_first_token_seconds"
REQUEST = "fmops_gateway_request_duration_seconds"


class Case(NamedTuple):
    """Series as promtool writes them, and which alerts fire at which minute."""

    sentence: str
    series: dict[str, str]
    firing: dict[int, dict[str, int]]


def times(name: str, every: str, kept: str, bounds: tuple[str, ...], more: str = "") -> dict[str, str]:
    """A histogram with `every` answer of which `kept` are at or below the bounds."""
    buckets = {f'{name}_bucket{{{PLACE}{more},le="{bound}"}}': kept for bound in bounds}
    return {**buckets, f'{name}_bucket{{{PLACE}{more},le="+Inf"}}': every, f"{name}_count{{{PLACE}{more}}}": every}


KNOWN = {f'fmops_gateway_addresses{{{PLACE},revision="r"}}': "1x300"}
CASES = (
    Case(
        "an hour of slow first tokens burns fast and slowly; once they are good again only the ticket is left",
        {**KNOWN, **times(TTFT, "0+60x240", "0+60x120 7200+0x60 7260+60x60", ("0.5",))},
        {
            119: {},
            160: {"FmopsLatencyBurn": 1},
            175: {"FmopsLatencyBurn": 3},
            195: {"FmopsLatencyBurn": 2},
            240: {"FmopsLatencyBurn": 1},
        },
    ),
    Case(
        "a few slow answers are allowed",
        {**KNOWN, **times(TTFT, "0+100x90", "0+96x90", ("0.5",))},
        {60: {}, 90: {}},
    ),
    Case(
        "a handful of slow answers tells nothing",
        {**KNOWN, **times(TTFT, "0+0.1x60", "0x60", ("0.5",))},
        {55: {}},
    ),
    Case(
        "an objective between two buckets is interpolated: 92 of 100 came within 6 s, and 90 are asked for",
        {
            **KNOWN,
            f'{REQUEST}_bucket{{{PLACE},operation="chat",le="5.0"}}': "0+90x60",
            f'{REQUEST}_bucket{{{PLACE},operation="chat",le="7.5"}}': "0+95x60",
            f'{REQUEST}_count{{{PLACE},operation="chat"}}': "0+100x60",
        },
        {55: {}},
    ),
    Case(
        "too many toxic answers, and none of what users send",
        {
            **KNOWN,
            **times("fmops_toxicity_score", "0+100x100", "0+70x60 4300+100x40", ("0.5",), ',direction="Output"'),
            **times("fmops_toxicity_score", "0+100x100", "0x100", ("0.5",), ',direction="Input"'),
        },
        {50: {"FmopsToxicityBurn": 3}, 98: {"FmopsToxicityBurn": 1}},
    ),
    Case(
        "a tenth of requests fails",
        {
            **KNOWN,
            f'fmops_gateway_requests_total{{{PLACE},code="200"}}': "0+90x60",
            f'fmops_gateway_requests_total{{{PLACE},code="502"}}': "0+10x30 300+0x30",
            f'fmops_gateway_requests_total{{{PLACE},code="429"}}': "0+900x60",
        },
        {15: {"FmopsModelErrors": 1}, 45: {}},
    ),
    Case(
        "clients' own errors are none of the model's",
        {**KNOWN, f'fmops_gateway_requests_total{{{PLACE},code="400"}}': "0+90x60"},
        {30: {}},
    ),
    Case(
        "a rail that failed was passed by",
        {**KNOWN, f'fmops_guard_bypassed_total{{{PLACE},rail="toxic",direction="Input"}}': "0x20 3x40"},
        {15: {}, 22: {"FmopsGuardBypassed": 1}, 40: {}},
    ),
    Case(
        "requests wait at the gateway",
        {**KNOWN, f"fmops_gateway_requests_queued{{{PLACE}}}": "0x5 7x20 0x20"},
        {10: {}, 20: {"FmopsGatewayQueue": 1}, 30: {}},
    ),
    Case(
        "the engines' queue grows, then is worked off",
        {
            **KNOWN,
            'vllm:num_requests_waiting{namespace="support",pod="small-1"}': "0+2x40 80-4x20",
            'vllm:num_requests_waiting{namespace="other",pod="small-1"}': "0+9x80",
        },
        {5: {}, 30: {"FmopsEngineQueueGrows": 1}, 58: {}},
    ),
    Case(
        "no gateway knows the model, until one does",
        {f'fmops_gateway_addresses{{{PLACE},revision="r"}}': "_x20 1x40"},
        {5: {}, 15: {"FmopsModelUnknownAtGateway": 1}, 25: {}},
    ),
    Case(
        "the model does not serve for a while",
        {**KNOWN, 'fmops_foundationmodel_ready{namespace="support",name="small"}': "1x5 0x25 1x20"},
        {15: {}, 25: {"FmopsModelNotReady": 1}, 35: {}},
    ),
    Case(
        "evaluations of this model fail and grow old, and those of others do not count",
        {
            **KNOWN,
            f'fmops_evaluation_gate{{{PLACE},run="quality",metric="f1",verdict="Failed"}}': "1x100 _x60",
            'fmops_evaluation_gate{namespace="support",model="big",run="other",verdict="Failed"}': "1x160",
            f'fmops_evaluation_value{{{PLACE},run="quality",metric="f1"}}': "0.5x160",
            'fmops_evaluation_stale{namespace="support",run="quality"}': "1x130 0x30",
            'fmops_evaluation_stale{namespace="support",run="other"}': "1x160",
        },
        {3: {}, 70: {"FmopsEvaluationFailed": 1, "FmopsEvaluationStale": 1}, 120: {"FmopsEvaluationStale": 1}, 140: {}},
    ),
)


def groups(settings: Settings = GATEWAY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = build_prometheus_rule(PROMISED, settings)["spec"]["groups"]
    return found


def names(settings: Settings = GATEWAY) -> set[str]:
    return {rule["alert"] for group in groups(settings) for rule in group["rules"] if "alert" in rule}


def as_test(case: Case) -> dict[str, Any]:
    """Write a case for promtool."""
    firing = [
        {
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": count} for name, count in alerts.items()],
        }
        for minute, alerts in case.firing.items()
    ]
    series = [{"series": name, "values": values} for name, values in case.series.items()]
    return {"name": case.sentence, "interval": "1m", "input_series": series, "promql_expr_test": firing}


def test_alerts_fire_do_not_fire_and_resolve(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups()}))
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [as_test(case) for case in CASES]}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(tests, sort_keys=False))
    for command in (["check", "rules", "rules.yaml"], ["test", "rules", "tests.yaml"]):
        run = subprocess.run(
            [program("promtool"), *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )
        assert run.returncode == 0, run.stdout + run.stderr


def test_every_alert_is_made_to_fire_and_has_a_runbook() -> None:
    assert {name for case in CASES for alerts in case.firing.values() for name in alerts} == names()
    assert {path.stem for path in RUNBOOKS.glob("Fmops*.md")} == names()
    for group in groups():
        for rule in group["rules"]:
            if "alert" in rule:
                assert rule["annotations"]["runbook_url"] == f"{GATEWAY.runbook_url}/{rule['alert']}.md"


def test_without_a_gateway_only_what_the_operator_and_the_engine_tell_is_watched() -> None:
    assert names(Settings()) == {
        "FmopsModelNotReady",
        "FmopsEngineQueueGrows",
        "FmopsEvaluationFailed",
        "FmopsEvaluationStale",
    }


@pytest.mark.parametrize(
    ("value", "weights"),
    [
        pytest.param(0.5, {0.5: 1.0}, id="on a bound"),
        pytest.param(6.25, {5.0: 0.5, 7.5: 0.5}, id="between two"),
        pytest.param(0.0025, {0.005: 0.5}, id="below the lowest"),
        pytest.param(900.0, {600.0: 1.0}, id="above the highest"),
    ],
)
def test_a_bound_of_an_objective_is_found_in_the_buckets(value: float, weights: dict[float, float]) -> None:
    assert bucket_weights(TIME_BUCKETS, value) == weights


def test_a_name_that_is_too_long_is_cut_and_the_rule_belongs_to_the_model() -> None:
    rule = build_prometheus_rule(model(name="m" * 200), GATEWAY)
    assert len(rule["metadata"]["name"]) <= 63
    assert rule["metadata"]["ownerReferences"][0]["name"] == "m" * 200
