"""What only a scorer can see in a metric: whether its pattern compiles, whether its schema can be used."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fmops_api.metric import Metric
from fmops_api.metrictype import MetricType
from fmops_serving.prompts.faults import Fault


def metric_faults(metrics: Iterable[Metric]) -> Iterator[Fault]:
    """Give each fault with its path in the spec of an EvaluationRun."""
    for metric in metrics:
        path = f"metrics[{metric.name}]"
        if metric.pattern is not None and (fault := _pattern_fault(metric.pattern)):
            yield Fault(f"{path}.pattern", fault)
        if metric.json_schema is not None and (fault := _schema_fault(metric.json_schema)):
            yield Fault(f"{path}.schema", fault)


def missing_data(metrics: Iterable[Metric]) -> Iterator[Fault]:
    """Give each metric whose lists or weights are not installed here: a fault of the place, not of the spec."""
    for metric in metrics:
        if metric.type is MetricType.TOXICITY:
            from fmops_serving.guard.packages import Missing  # noqa: PLC0415 - loads weights, for who asks for them
            from fmops_serving.guard.toxicity import toxicity  # noqa: PLC0415

            try:
                toxicity()
            except (Missing, ValueError) as error:
                yield Fault(f"metrics[{metric.name}]", f"cannot be measured here: {error}")
        if metric.embedder and metric.embedder.static:
            from fmops_serving.evaluate.embed.static import NoStaticVectors, word_llama  # noqa: PLC0415 - as above

            try:
                word_llama()
            except NoStaticVectors as error:
                yield Fault(f"metrics[{metric.name}].embedder.static", f"cannot be measured here: {error}")


def _pattern_fault(pattern: str) -> str:
    from fmops_serving.evaluate.score.pattern import compiled  # noqa: PLC0415 - takes a while to load

    try:
        compiled(pattern)
    except ValueError as error:
        return f"is no regular expression of RE2: {error}"
    return ""


def _schema_fault(schema: Mapping[str, Any]) -> str:
    from fmops_serving.evaluate.score.jsonform import Unusable, validator_of  # noqa: PLC0415 - takes long to load

    try:
        validator_of(schema)
    except Unusable as error:
        return str(error)
    return ""
