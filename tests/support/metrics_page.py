"""docs/metrics.md: every metric of the gateway and the operator, and the engine's most telling ones."""

from collections.abc import Sequence

from fmops_api.series import GATEWAY_SERIES, Series
from fmops_operator.metrics import OWN_METRICS, documented
from fmops_operator.readings import Documentation

_HEAD = """\
# Metrics

Generated from `fmops_api.series` and `fmops_operator.metrics` by `make generate`.

"""
_GATEWAY = """\
## Of the gateway and its guard

At `/metrics` of `--metrics-port` (8081), in Prometheus' text format, or in OpenMetrics with the trace of a sampled
`traceparent` as exemplar for whoever asks for that. Labels name what somebody declared: a model that nobody knows is
counted with empty labels, and nothing that a client sends becomes one. Series of a model or revision that was removed
end 15 minutes later.

"""
_BUCKETS = """
Upper bounds of the buckets; an objective that lies on one is measured exactly:

"""
_OWN = """
## Of the operator's own work

At `/metrics` on port 8080; the chart's `serviceMonitor.enabled` lets a Prometheus operator find them.

"""
_OBJECTS = """
## Of each object

Derived from its stored status, so they say what `kubectl get` says. Seconds and fractions. Every series of an object
disappears with it.

"""
_TAIL = """
## Of the engine

vLLM's own metrics are at `/metrics` of each model's Service; where the cluster has PodMonitors, every model gets one.
The most telling ones:

| metric | what it tells |
|---|---|
| `vllm:time_to_first_token_seconds` | histogram: how long users wait for the first word |
| `vllm:inter_token_latency_seconds` | histogram: how fluently the answer comes |
| `vllm:e2e_request_latency_seconds` | histogram: the whole request |
| `vllm:num_requests_waiting` | requests that wait; with `engine.maxQueuedRequests` of them, further ones get 503 |
| `vllm:kv_cache_usage_perc` | how full the cache of keys and values is, from 0 to 1 |
| `vllm:generation_tokens_total` | tokens made |

## Rules

Every model gets a PrometheusRule where the cluster has them, with a [runbook](runbooks/README.md) for each alert. Of
the operator and the gateway themselves:

```promql
sum(fmops_leader) != 1                                                # for 1m: nobody works, or two do
fmops_last_event_age_seconds > 300                                    # the operator hears nothing
max(fmops_gateway_routes_age_seconds) > 300                           # a gateway serves routes that nobody confirms
fmops_evaluation_gate_passed == 0                                     # a gate failed, whichever the candidates
time() - fmops_evaluation_last_success_timestamp_seconds > 30 * 86400 # nobody has measured for a month
```
"""


def page() -> str:
    """Write the page."""
    own = {metric.name for metric in OWN_METRICS}
    objects = [metric for metric in documented() if metric.name not in own]
    gateway = _GATEWAY + _table(GATEWAY_SERIES) + _BUCKETS + _buckets()
    return _HEAD + gateway + _OWN + _table(OWN_METRICS) + _OBJECTS + _table(objects) + _TAIL


def _buckets() -> str:
    lists = {
        series.buckets: [each.name for each in GATEWAY_SERIES if each.buckets == series.buckets]
        for series in GATEWAY_SERIES
        if series.buckets
    }
    rows = [
        f"- {', '.join(f'`{name}`' for name in names)}: {' '.join(f'{bound:g}' for bound in buckets)}"
        for buckets, names in lists.items()
    ]
    return "\n".join(rows) + "\n"


def _table(metrics: Sequence[Documentation | Series]) -> str:
    rows = ["| metric | type | labels | what it tells |", "|---|---|---|---|"]
    rows += [f"| `{m.name}` | {m.type} | {' '.join(f'`{label}`' for label in m.labels)} | {m.help} |" for m in metrics]
    return "\n".join(rows) + "\n"
