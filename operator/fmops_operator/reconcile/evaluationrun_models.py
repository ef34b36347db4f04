"""The models that an evaluation asks: its candidates, and those that steps of a chain name. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fmops_api.evaluationplan import Candidate
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import Condition, SecretReference
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.shortlist import ANSWERING
from fmops_operator.status.evaluationrun import Standing
from fmops_serving.prompts.steps import Prompt


class FaultError(Exception):
    """An input is not there or not good."""

    def __init__(self, reason: Reason, message: str, *, stalled: bool = False) -> None:
        super().__init__(message)
        self.standing = Standing(reason, message, stalled)


@dataclass(frozen=True)
class Part:
    """The part that models have in an evaluation: where they are named, and the words for what is wrong with them."""

    field: str
    key_prefix: str
    """Start of the environment variables that hold their API keys."""
    not_found: Reason
    not_ready: Reason
    unsuitable: Reason


CANDIDATES = Part(
    "spec.candidates.models",
    "FMOPS_API_KEY",
    Reason.CANDIDATE_NOT_FOUND,
    Reason.CANDIDATE_NOT_READY,
    Reason.CANDIDATE_UNSUITABLE,
)


def step_models(prompt: Prompt) -> Part:
    """Give the part of models that steps of a chain name."""
    return Part(
        f"spec.chain: a step of {prompt.reference}",
        "FMOPS_STEP_API_KEY",
        Reason.STEP_MODEL_NOT_FOUND,
        Reason.STEP_MODEL_NOT_READY,
        Reason.STEP_MODEL_UNSUITABLE,
    )


def asked_models(
    part: Part, models: Mapping[str, FoundationModel | None]
) -> tuple[list[Candidate], dict[str, SecretReference]]:
    """Say how to reach models, sorted by name, and which Secrets hold their keys; raises FaultError."""
    asked, keys = [], {}
    for index, (name, model) in enumerate(sorted(models.items())):
        if model is None:
            raise FaultError(part.not_found, f"{part.field}: there is no FoundationModel {name}")
        secret = model.spec.source.provider.api_key_secret_ref if model.spec.source.provider else None
        variable = f"{part.key_prefix}_{index}" if secret else None
        if variable and secret:
            keys[variable] = secret
        asked.append(_asked(part, model, variable))
    return asked, keys


def _asked(part: Part, model: FoundationModel, variable: str | None) -> Candidate:
    name, status = model.metadata.name, model.status
    if model.spec.task not in ANSWERING:
        message = f"{part.field}: {name} has task {model.spec.task}; prompts are answered by Chat and Completion"
        raise FaultError(part.unsuitable, message, stalled=True)
    if not (status.url and status.served_name and status.revisions and status.revisions.active):
        raise FaultError(part.not_ready, f"FoundationModel {name}: {told(status.conditions)}")
    return Candidate(
        name=name,
        url=status.url,
        model=status.served_name,
        task=model.spec.task,
        revision=status.revisions.active,
        family=model.family,
        api_key_variable=variable,
    )


def serves(model: FoundationModel) -> bool:
    """Say whether the model serves as it is now."""
    seen = model.status.observed_generation == model.metadata.generation
    return seen and any(c.type == ConditionType.READY.value and c.status == "True" for c in model.status.conditions)


def told(conditions: Sequence[Condition]) -> str:
    """Give another object's own words."""
    ready = next((c for c in conditions if c.type == ConditionType.READY.value), None)
    return f"{ready.reason}: {ready.message}" if ready else "the operator has not looked at it yet"
