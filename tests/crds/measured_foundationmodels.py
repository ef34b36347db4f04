"""FoundationModels with objectives: what must be accepted, and what a person gets wrong about them."""

from typing import Any

from tests.crds.objects import Manifest, at_provider, foundation_model
from tests.crds.rows import Accepted, Refused

RAIL = {"name": "toxicity", "detector": "Toxicity", "action": "Annotate"}
TTFT = {"timeToFirstToken": {"below": "500ms"}}


def promised(*, task: str = "Chat", rails: list[Any] | None = None, **objectives: Any) -> Manifest:
    """A model with objectives."""
    return foundation_model(task=task, guardrails=[RAIL] if rails is None else rails, objectives=objectives)


def toxic(**toxicity: Any) -> Manifest:
    """A model with an objective of toxicity."""
    return promised(toxicity={"maxFraction": "0.001", **toxicity})


ACCEPTED = (
    Accepted(
        "every objective",
        promised(
            latency={**TTFT, "request": {"quantile": "0.99", "below": "1m30s"}},
            toxicity={"responsesAbove": "0.50", "maxFraction": "0.001"},
        ),
    ),
    Accepted("an objective of a provider", at_provider(objectives={"latency": TTFT})),
    Accepted(
        "an objective of an embedder",
        foundation_model(task="Embedding", objectives={"latency": {"request": {"below": "100ms"}}}),
    ),
)
REFUSED = (
    Refused("objectives without any", promised(), "spec.objectives", "give latency, toxicity or both"),
    Refused(
        "latency without any", promised(latency={}), "spec.objectives.latency", "timeToFirstToken, request or both"
    ),
    Refused(
        "a quantile of nearly nobody",
        promised(latency={"request": {"quantile": "0.05", "below": "1s"}}),
        "spec.objectives.latency.request",
        "quantile must be from 0.5 to 0.999",
    ),
    Refused(
        "a quantile of everybody",
        promised(latency={"request": {"quantile": "1", "below": "1s"}}),
        "spec.objectives.latency.request",
        "quantile must be from 0.5 to 0.999",
    ),
    Refused(
        "a time that no bucket reaches",
        promised(latency={"request": {"below": "1h"}}),
        "spec.objectives.latency.request",
        "below must be at most 10m",
    ),
    Refused(
        "a first token of an embedder",
        foundation_model(task="Embedding", objectives={"latency": TTFT}),
        "spec",
        "timeToFirstToken needs task Chat or Completion",
    ),
    Refused("a score between the buckets", toxic(responsesAbove="0.55"), "spec.objectives.toxicity", "must be one of"),
    Refused("no toxic answer at all", toxic(maxFraction="0"), "spec.objectives.toxicity", "must be more than 0"),
    Refused("most answers toxic", toxic(maxFraction="0.9"), "spec.objectives.toxicity", "at most 0.5"),
    Refused(
        "toxicity that nothing looks for",
        promised(rails=[{**RAIL, "direction": "Input"}], toxicity={"maxFraction": "0.01"}),
        "spec",
        "add a guard rail with detector Toxicity",
    ),
)
