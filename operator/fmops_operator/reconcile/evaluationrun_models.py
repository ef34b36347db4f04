"""The models that an evaluation asks: its candidates, those that steps of a chain name, judges and embedders. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fmops_api.evaluationplan import Candidate
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.judge import Judge
from fmops_api.meta import SecretReference
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.shortlist import ANSWERING
from fmops_api.sources import ProviderApi
from fmops_operator.desired.foundationmodel_network import served_name, url
from fmops_operator.status.conditions import told
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
    tasks: Collection[Task] = ANSWERING
    who: str = "prompts are answered by Chat and Completion"
    """Which tasks these are, in words."""


CANDIDATES = Part(
    "spec.candidates.models",
    "FMOPS_API_KEY",
    Reason.CANDIDATE_NOT_FOUND,
    Reason.CANDIDATE_NOT_READY,
    Reason.CANDIDATE_UNSUITABLE,
)


EMBEDDERS = Part(
    "spec.metrics: embedder",
    "FMOPS_EMBEDDER_API_KEY",
    Reason.EMBEDDER_NOT_FOUND,
    Reason.EMBEDDER_NOT_READY,
    Reason.EMBEDDER_UNSUITABLE,
    (Task.EMBEDDING,),
    "only Embedding models turn texts into vectors",
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


def judge_model(judge: Judge) -> Part:
    """Give the part of a judge's model."""
    return Part(
        f"spec.judges[{judge.name}].model",
        "FMOPS_JUDGE_API_KEY",
        Reason.JUDGE_NOT_FOUND,
        Reason.JUDGE_NOT_READY,
        Reason.JUDGE_UNSUITABLE,
        (Task.CHAT,),
        "only Chat models judge",
    )


def asked_models(
    part: Part, models: Mapping[str, FoundationModel | None]
) -> tuple[list[Candidate], dict[str, SecretReference]]:
    """Say how to reach models, sorted by name, and which Secrets hold their keys; raises FaultError."""
    asked: list[Candidate] = []
    keys: dict[str, SecretReference] = {}
    for index, (name, model) in enumerate(sorted(models.items())):
        found, key = asked_model(part, name, model, index)
        asked.append(found)
        keys |= key
    return asked, keys


def asked_model(
    part: Part, name: str, model: FoundationModel | None, index: int
) -> tuple[Candidate, dict[str, SecretReference]]:
    """Say how to reach one model, the `index`-th of its part; raises FaultError."""
    if model is None:
        raise FaultError(part.not_found, f"{part.field}: there is no FoundationModel {name}")
    secret = model.spec.source.provider.api_key_secret_ref if model.spec.source.provider else None
    variable = f"{part.key_prefix}_{index}" if secret else None
    keys = {variable: secret} if variable and secret else {}
    return _asked(part, model, variable), keys


_THROUGH = (
    ", and evaluations the OpenAI API: evaluate a FoundationModel with a provider of api OpenAI whose baseURL is the"
    " gateway's, with /v1, and whose model is NAMESPACE/NAME of this one"
)


def _asked(part: Part, model: FoundationModel, variable: str | None) -> Candidate:
    name, status = model.metadata.name, model.status
    if model.spec.task not in part.tasks:
        message = f"{part.field}: {name} has task {model.spec.task}; {part.who}"
        raise FaultError(part.unsuitable, message, stalled=True)
    if not (status.revisions and status.revisions.active):
        raise FaultError(part.not_ready, f"FoundationModel {name}: {told(status.conditions)}")
    provider = model.spec.source.provider
    if provider and provider.api is not ProviderApi.OPENAI:
        raise FaultError(part.unsuitable, f"{part.field}: {name} speaks {provider.api}{_THROUGH}", stalled=True)
    return Candidate(
        name=name,
        # The model itself, and not status.url: what its guard rails do to answers is no trait of the model, and the
        # gateway would ask a run for a key.
        url=url(model),
        model=served_name(model),
        task=model.spec.task,
        revision=status.revisions.active,
        pinned=bool(model.spec.source.hugging_face and status.resolved and status.resolved.digest),
        family=model.family,
        api_key_variable=variable,
    )


def serves(model: FoundationModel) -> bool:
    """Say whether the model serves as it is now."""
    seen = model.status.observed_generation == model.metadata.generation
    return seen and any(c.type == ConditionType.READY.value and c.status == "True" for c in model.status.conditions)
