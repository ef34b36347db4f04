"""JsonSchema: the share of answers that are JSON of a schema."""

import orjson

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.jsonform import is_valid, validator_of
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer

Form = tuple[bool, bool]
"""Whether an answer is JSON at all, and whether it is of the schema."""


def json_schema(metric: Metric) -> Scorer:
    """Read the whole answer as JSON, white space around it aside: what a program that reads it would have to do."""
    validator = validator_of(metric.json_schema or {})

    def form(reply: Reply) -> Form:
        try:
            value = orjson.loads(reply.text)
        except orjson.JSONDecodeError:
            return False, False
        return True, is_valid(validator, value)

    parts = [
        MeanPart(metric.name, "jsonschema|whole|v1", lambda seen: float(seen[1])),
        MeanPart(f"{metric.name}.parsed", "jsonschema|parsed|whole|v1", lambda seen: float(seen[0])),
    ]
    return Scorer(metric.name, parts, form, lambda seen: Grade(float(seen[1])))
