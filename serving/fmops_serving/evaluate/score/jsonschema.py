"""JsonSchema: the share of answers that are JSON of a schema."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.jsonform import is_valid, validator_of
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.share import Share


class Form(NamedTuple):
    """Whether an answer is JSON at all, and whether it is of the schema."""

    parsed: bool
    valid: bool


def json_schema(metric: Metric) -> Scorer[Form]:
    """Read the whole answer as JSON, white space around it aside: what a program that reads it would have to do."""
    validator = validator_of(metric.json_schema or {})

    def form(sample: Sample) -> Form | None:
        if sample.text is None:
            return None
        try:
            value = orjson.loads(sample.text)
        except orjson.JSONDecodeError:
            return Form(parsed=False, valid=False)
        return Form(parsed=True, valid=is_valid(validator, value))

    return Scorer(metric.name, form, lambda: JsonSchemaTally(metric.name))


class JsonSchemaTally:
    """Counts answers of the schema, and answers that are JSON."""

    def __init__(self, name: str) -> None:
        self._valid = Share(name, "jsonschema|whole|v1")
        self._parsed = Share(f"{name}.parsed", "jsonschema|parsed|whole|v1")

    def add(self, measured: Form | None) -> None:
        """Take one answer; None is unscored."""
        self._valid.add(measured.valid if measured else None)
        self._parsed.add(measured.parsed if measured else None)

    def figures(self) -> Iterator[Figure]:
        """Give the two shares."""
        yield from self._valid.figures()
        yield from self._parsed.figures()
