"""The queries of the dashboards, and the engine's series that they read."""

from collections.abc import Sequence

from fmops_api import series

VLLM = (
    "vllm:time_to_first_token_seconds", "vllm:inter_token_latency_seconds", "vllm:e2e_request_latency_seconds",
    "vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:kv_cache_usage_perc", "vllm:num_preemptions_total",
    "vllm:generation_tokens_total", "vllm:prompt_tokens_total", "vllm:prefix_cache_hits_total",
    "vllm:prefix_cache_queries_total",
)  # fmt: skip
"""The engine's series that panels and alerts read, of vLLM 0.32."""
NAMESPACE = ("namespace", "label_values(fmops_foundationmodel_info, namespace)")
MODEL = ("model", 'label_values(fmops_foundationmodel_info{namespace="$namespace"}, name)')
RUN = ("run", 'label_values(fmops_evaluation_complete{namespace="$namespace"}, run)')
M = 'namespace="$namespace",model="$model"'
ANY = 'namespace=~"$namespace"'
POD = 'namespace="$namespace",pod=~"$model-.+"'


def rate(name: str, labels: str, by: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} (rate({name}{{{labels}}}[$__rate_interval]))"


def quantiles(name: str, labels: str, shares: Sequence[float] = (0.5, 0.95, 0.99)) -> tuple[tuple[str, str], ...]:
    buckets = f"sum by (le) (rate({name}_bucket{{{labels}}}[$__rate_interval]))"
    return tuple((f"histogram_quantile({share}, {buckets})", f"p{share * 100:g}") for share in shares)


def p95(name: str, labels: str) -> str:
    return (
        f"histogram_quantile(0.95, sum by (le, namespace, model) (rate({name}_bucket{{{labels}}}[$__rate_interval])))"
    )


REQUESTS, TTFT = series.REQUESTS.name, series.TIME_TO_FIRST_TOKEN.name
DURATION, GAP, SCORE = series.REQUEST_DURATION.name, series.TOKEN_GAP.name, series.TOXICITY.name
CHECKS = series.GUARD_CHECKS.name
EACH = "{{namespace}}/{{model}}"


def above_half(direction: str) -> str:
    labels = f'{ANY},direction="{direction}"'
    kept = rate(f"{SCORE}_bucket", f'{labels},le="0.5"', "namespace, model")
    return f"1 - {kept} / {rate(f'{SCORE}_count', labels, 'namespace, model')}"


SCORES = f'sum by (le) (increase({SCORE}_bucket{{{ANY},direction="Output"}}[$__rate_interval]))'
MISSED = 'namespace=~"$namespace",type="ObjectivesMet",status="False"'
HITS, QUERIES = rate("vllm:prefix_cache_hits_total", POD), rate("vllm:prefix_cache_queries_total", POD)
LOOKS = (
    "histogram_quantile(0.95, sum by (le, detector)"
    f" (rate({series.GUARD_DURATION.name}_bucket{{{ANY}}}[$__rate_interval])))"
)
