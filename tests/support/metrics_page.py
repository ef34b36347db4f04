"""docs/metrics.md: every metric of the operator, from fmops_operator.metrics, and the engine's most telling ones."""

from fmops_operator.metrics import OWN_METRICS, documented
from fmops_operator.readings import Documentation

_HEAD = """\
# Metrics

Generated from `fmops_operator.metrics` by `make generate`. The operator serves them at `/metrics` on port 8080; the
chart's `serviceMonitor.enabled` lets a Prometheus operator find them. Every series of an object disappears with it.

"""
_OWN = "## Of the operator's own work\n\n"
_OBJECTS = """
## Of each object

Derived from its stored status, so they say what `kubectl get` says. Seconds and fractions.

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

## Rules to begin with

```promql
fmops_foundationmodel_ready == 0                                      # for 15m: a model does not serve
fmops_evaluation_gate_passed == 0                                     # a gate failed
time() - fmops_evaluation_last_success_timestamp_seconds > 30 * 86400 # nobody has measured for a month
sum(fmops_leader) != 1                                                # for 1m: nobody works, or two do
fmops_last_event_age_seconds > 300                                    # the operator hears nothing
histogram_quantile(0.95, sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket[5m])))
```
"""


def page() -> str:
    """Write the page."""
    own = {metric.name for metric in OWN_METRICS}
    objects = [metric for metric in documented() if metric.name not in own]
    return _HEAD + _OWN + _table(OWN_METRICS) + _OBJECTS + _table(objects) + _TAIL


def _table(metrics: tuple[Documentation, ...] | list[Documentation]) -> str:
    rows = ["| metric | type | labels | what it tells |", "|---|---|---|---|"]
    rows += [f"| `{m.name}` | {m.type} | {' '.join(f'`{label}`' for label in m.labels)} | {m.help} |" for m in metrics]
    return "\n".join(rows) + "\n"
