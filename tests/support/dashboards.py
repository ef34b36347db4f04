"""The Grafana dashboards of the chart: fleet, model, evaluation, safety."""

from fmops_api import series
from tests.support.dashboard import Dashboard, Panel
from tests.support.dashboard_queries import (
    ANY,
    DURATION,
    EACH,
    GAP,
    HITS,
    MISSED,
    MODEL,
    NAMESPACE,
    POD,
    QUERIES,
    REQUESTS,
    RUN,
    TTFT,
    M,
    p95,
    quantiles,
    rate,
)
from tests.support.dashboard_safety import SAFETY

_FLEET = Dashboard(
    "fmops-fleet",
    "fmops / Fleet",
    (NAMESPACE,),
    (
        (
            "Now",
            (
                Panel("Models ready", ((f"sum(fmops_foundationmodel_ready{{{ANY}}})", "ready"),), kind="stat", width=6),
                Panel(
                    "Models not ready",
                    ((f"sum(fmops_foundationmodel_ready{{{ANY}}} == bool 0)", "not ready"),),
                    kind="stat",
                    width=6,
                ),
                Panel("Requests per second", ((rate(REQUESTS, ANY), "all"),), "reqps", "stat", 6),
                Panel(
                    "Objectives missed",
                    (
                        (
                            f"sum(fmops_foundationmodel_condition{{{MISSED}}}) or vector(0)",
                            "models",
                        ),
                    ),
                    kind="stat",
                    width=6,
                ),
            ),
        ),
        (
            "Traffic",
            (
                Panel("Requests by model", ((rate(REQUESTS, ANY, "namespace, model"), EACH),), "reqps"),
                Panel(
                    "Failures by model",
                    ((rate(REQUESTS, f'{ANY},code=~"5.."', "namespace, model"), EACH),),
                    "reqps",
                ),
                Panel("Tokens by kind", ((rate(series.TOKENS.name, ANY, "kind"), "{{kind}}"),)),
                Panel("Time to first token, p95", ((p95(TTFT, ANY), EACH),), "s"),
                Panel("Request, p95", ((p95(DURATION, ANY), EACH),), "s"),
                Panel(
                    "Waiting at the gateway and in engines",
                    (
                        (f"sum by (namespace, model) ({series.QUEUED.name}{{{ANY}}})", f"gateway {EACH}"),
                        (f"sum by (namespace) (vllm:num_requests_waiting{{{ANY}}})", "engines of {{namespace}}"),
                    ),
                ),
            ),
        ),
        (
            "Operator and gateway",
            (
                Panel("Looks by result", ((rate("fmops_reconcile_total", "", "result"), "{{result}}"),), "ops"),
                Panel("Objects waiting", (("sum(fmops_queue_depth)", "waiting"),)),
                Panel(
                    "Seconds since anything was heard",
                    (
                        ("max(fmops_last_event_age_seconds)", "by operators"),
                        (f"max({series.ROUTES_AGE.name})", "by gateways, of routes"),
                    ),
                    "s",
                ),
            ),
        ),
    ),
)
_MODEL_BOARD = Dashboard(
    "fmops-model",
    "fmops / Model",
    (NAMESPACE, MODEL),
    (
        (
            "What applications see",
            (
                Panel("Requests by code", ((rate(REQUESTS, M, "code"), "{{code}}"),), "reqps"),
                Panel("Time to first token, after the guard rails", quantiles(TTFT, M), "s"),
                Panel("Request", quantiles(DURATION, M), "s"),
                Panel("Time between pieces of a stream", quantiles(GAP, M), "s"),
                Panel("Tokens", ((rate(series.TOKENS.name, M, "kind"), "{{kind}}"),)),
                Panel(
                    "In flight, and waiting for a pod",
                    (
                        (f"sum({series.IN_FLIGHT.name}{{{M}}})", "in flight"),
                        (f"sum({series.QUEUED.name}{{{M}}})", "waiting"),
                    ),
                ),
            ),
        ),
        (
            "Objectives",
            (
                Panel(
                    "Share of missed answers, an hour",
                    ((f"fmops:objective_missed:ratio_rate1h{{{M}}}", "{{objective}}"),),
                    "percentunit",
                    width=12,
                ),
                Panel(
                    "Share of missed answers, three days",
                    ((f"fmops:objective_missed:ratio_rate3d{{{M}}}", "{{objective}}"),),
                    "percentunit",
                    width=12,
                ),
            ),
        ),
        (
            "Backends",
            (
                Panel(
                    "Addresses by revision", ((f"sum by (revision) ({series.ADDRESSES.name}{{{M}}})", "{{revision}}"),)
                ),
                Panel(
                    "Retries by reason, ejections",
                    (
                        (rate(series.RETRIES.name, M, "reason"), "{{reason}}"),
                        (rate(series.EJECTIONS.name, M), "ejections"),
                    ),
                    "ops",
                ),
                Panel(
                    "Refused by limits",
                    ((rate(series.RATE_LIMITED.name, M, "key, limit"), "{{key}} {{limit}}"),),
                    "ops",
                ),
            ),
        ),
        (
            "The engine (vLLM)",
            (
                Panel("Time to first token in the engine", quantiles("vllm:time_to_first_token_seconds", POD), "s"),
                Panel(
                    "Running and waiting",
                    (
                        (f"sum(vllm:num_requests_running{{{POD}}})", "running"),
                        (f"sum(vllm:num_requests_waiting{{{POD}}})", "waiting"),
                    ),
                ),
                Panel(
                    "Cache of keys and values",
                    ((f"max by (pod) (vllm:kv_cache_usage_perc{{{POD}}})", "{{pod}}"),),
                    "percentunit",
                ),
                Panel("Tokens made", ((rate("vllm:generation_tokens_total", POD, "pod"), "{{pod}}"),)),
                Panel(
                    "Prefix cache hits",
                    (
                        (
                            f"{HITS} / {QUERIES}",
                            "hits",
                        ),
                    ),
                    "percentunit",
                ),
                Panel("Preemptions", ((rate("vllm:num_preemptions_total", POD, "pod"), "{{pod}}"),), "ops"),
            ),
        ),
    ),
)
_R = 'namespace="$namespace",run="$run"'
_FIGURE = "{{model}} {{metric}} {{against}}"
_EVALUATION = Dashboard(
    "fmops-evaluation",
    "fmops / Evaluation",
    (NAMESPACE, RUN),
    (
        (
            "The run",
            (
                Panel("Gates passed", ((f"fmops_evaluation_gate_passed{{{_R}}}", "passed"),), kind="stat", width=6),
                Panel("Complete", ((f"fmops_evaluation_complete{{{_R}}}", "complete"),), kind="stat", width=6),
                Panel("Stale", ((f"fmops_evaluation_stale{{{_R}}}", "stale"),), kind="stat", width=6),
                Panel(
                    "Since it was last measured",
                    ((f"time() - fmops_evaluation_last_success_timestamp_seconds{{{_R}}}", "age"),),
                    "s",
                    "stat",
                    6,
                ),
            ),
        ),
        (
            "Figures",
            (
                Panel("Values", ((f"fmops_evaluation_value{{{_R}}}", _FIGURE),), width=12),
                Panel(
                    "Intervals at 0.95",
                    (
                        (f"fmops_evaluation_low{{{_R}}}", f"{_FIGURE} low"),
                        (f"fmops_evaluation_high{{{_R}}}", f"{_FIGURE} high"),
                    ),
                    width=12,
                ),
                Panel(
                    "Verdicts of gates",
                    ((f"fmops_evaluation_gate{{{_R}}}", f"{_FIGURE} {{{{verdict}}}}"),),
                    kind="table",
                    width=12,
                ),
                Panel("Ranks", ((f"fmops_evaluation_rank{{{_R}}}", "{{model}}"),), width=12),
            ),
        ),
    ),
)
DASHBOARDS = {"fleet": _FLEET, "model": _MODEL_BOARD, "evaluation": _EVALUATION, "safety": SAFETY}
