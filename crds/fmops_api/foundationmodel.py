"""FoundationModel: an endpoint that serves a model, on own nodes or at a provider."""

import re
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from fmops_api.access import Access
from fmops_api.balancing import Balancing
from fmops_api.card import Card
from fmops_api.engine import Cache, Engine, Placement, Rollout, Startup
from fmops_api.guardrail import Guardrail
from fmops_api.meta import FREE, Column, Condition, Model, Names, Observed, Resource, Rule, keyed
from fmops_api.objectives import Objectives, ObservedTraffic
from fmops_api.resources import Resources
from fmops_api.sources import Source


class Task(StrEnum):
    """What the model does."""

    CHAT = "Chat"
    COMPLETION = "Completion"
    EMBEDDING = "Embedding"
    RERANK = "Rerank"
    CLASSIFICATION = "Classification"
    TRANSCRIPTION = "Transcription"
    IMAGE = "Image"
    SPEECH = "Speech"


_POD_FIELDS = (
    "engine", "resources", "placement", "cache", "startup", "replicas", "balancing", "rollout", "podTemplate"
)  # fmt: skip
_EXTERNAL = "(has(self.source.provider) || has(self.source.service))"
_PARTS = "self.engine.parallelism.tensor * self.engine.parallelism.pipeline"
_ACCELERATED = "has(self.resources) && has(self.resources.accelerator)"
_COUNT = f"({_ACCELERATED} && has(self.resources.accelerator.count) ? self.resources.accelerator.count : 1)"
_AZURE_TASKS = ["Chat", "Completion", "Embedding", "Transcription"]
_CHAT_ONLY = ("chatTemplate", "toolCalling", "reasoning")
_BY_PREFIX = "has(self.balancing) && self.balancing.strategy == 'PrefixAffinity'"
_NO_PREFIXES = "--no-enable-prefix-caching"
_WORDLESS = "['Embedding', 'Rerank', 'Classification', 'Image', 'Speech']"
"""Tasks whose answers are no text."""


class FoundationModelSpec(Model):
    """What model to serve, and how."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *(
            Rule(
                f"!{_EXTERNAL} || !has(self.{field})",
                f"{field} is for pods, and a provider or service has none: remove {field}",
            )
            for field in _POD_FIELDS
        ),
        Rule(
            f"{_EXTERNAL} || !(self.task in ['Image', 'Speech'])",
            "the engine serves no Image or Speech model: use a provider or service as source",
        ),
        Rule(
            f"!has(self.engine) || !has(self.engine.parallelism) || {_PARTS} == {_COUNT}"
            f" || ({_ACCELERATED} && self.resources.accelerator.vendor == 'None')",
            "engine.parallelism.tensor times engine.parallelism.pipeline must equal resources.accelerator.count",
        ),
        Rule(
            "!has(self.engine) || !has(self.engine.contextLength) || !has(self.card) || !has(self.card.contextWindow)"
            " || self.engine.contextLength <= self.card.contextWindow",
            "engine.contextLength must not exceed card.contextWindow",
        ),
        *(
            Rule(
                f"!has(self.engine) || !has(self.engine.{field}) || self.task == 'Chat'",
                f"engine.{field} needs task Chat",
            )
            for field in _CHAT_ONLY
        ),
        Rule(
            f"!({_BY_PREFIX}) || self.task in ['Chat', 'Completion']",
            "balancing.strategy PrefixAffinity needs task Chat or Completion: engines cache no beginnings of other"
            " requests; use LeastOutstanding",
        ),
        Rule(
            f"!({_BY_PREFIX}) || (has(self.engine) && has(self.engine.extraArgs)"
            f" ? !self.engine.extraArgs.exists(a, a == '{_NO_PREFIXES}') : true)",
            "balancing.strategy PrefixAffinity rests on the engine's prefix cache: remove"
            f" {_NO_PREFIXES} from engine.extraArgs, or use LeastOutstanding",
        ),
        Rule(
            "!has(self.source.provider) || !has(self.card) || !has(self.card.pricing)"
            " || !has(self.card.pricing.perAcceleratorHour)",
            "a provider's price goes by tokens: give inputPerMillionTokens and outputPerMillionTokens in card.pricing",
        ),
        Rule(
            f"!(self.task in {_WORDLESS})"
            " || (has(self.guardrails) ? self.guardrails.all(g, g.direction != 'Output') : true)",
            "a model of this task answers no text, so that a guard rail of direction Output sees nothing:"
            " use direction Input",
        ),
        Rule(
            "!has(self.source.provider) || self.source.provider.api != 'Anthropic' || self.task == 'Chat'",
            "Anthropic's API has chat and nothing else: use task Chat",
        ),
        Rule(
            f"!has(self.source.provider) || self.source.provider.api != 'AzureOpenAI' || self.task in {_AZURE_TASKS}",
            "AzureOpenAI can be asked for Chat, Completion, Embedding and Transcription: use one of these tasks",
        ),
        Rule(
            "!has(self.objectives) || !has(self.objectives.latency) || !has(self.objectives.latency.timeToFirstToken)"
            " || self.task in ['Chat', 'Completion']",
            "objectives.latency.timeToFirstToken needs task Chat or Completion: answers of other tasks do not stream",
        ),
        Rule(
            "!has(self.objectives) || !has(self.objectives.toxicity) || (has(self.guardrails)"
            " ? self.guardrails.exists(g, g.detector == 'Toxicity' && g.direction != 'Input') : false)",
            "objectives.toxicity needs something that looks: add a guard rail with detector Toxicity and direction"
            " Output or Both, and action Annotate where it is only to count",
        ),
        Rule(
            "has(self.source.provider) == has(oldSelf.source.provider)"
            " && has(self.source.service) == has(oldSelf.source.service)",
            "a model cannot move between own pods, a provider and a service: make a new FoundationModel",
        ),
    )

    task: Task = Field(description="What the model does.")
    source: Source = Field(description="Where the model comes from.")
    card: Card | None = Field(default=None, description="What the model is: licence, size, languages, price.")
    engine: Engine | None = Field(default=None, description="How the engine runs it.")
    resources: Resources | None = Field(default=None, description="What one replica needs.")
    placement: Placement | None = Field(default=None, description="Where the pods run.")
    cache: Cache | None = Field(default=None, description="Where downloaded weights and compiled kernels are kept.")
    startup: Startup | None = Field(default=None, description="How long a start may take; 30m when left out.")
    replicas: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = Field(
        default=None,
        description="Number of pods; 1 when left out. An autoscaler may own it through the scale subresource.",
    )
    balancing: Balancing | None = Field(
        default=None,
        description="Which of the pods the gateway asks; the one with the fewest requests on their way when left out.",
    )
    guardrails: Annotated[list[Guardrail], Field(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="What screens requests and answers in the gateway, in this order.",
        json_schema_extra=keyed("name"),
    )
    access: Access | None = Field(
        default=None, description="Who may use the model through the gateway; nobody when left out."
    )
    objectives: Objectives | None = Field(
        default=None, description="What is promised of the answers; needs a gateway, which measures them."
    )
    rollout: Rollout | None = Field(default=None, description="How a changed model replaces the running one.")
    pod_template: dict[str, Any] | None = Field(
        default=None,
        description="Last-resort overlay over the pod template, merged by name; the engine's container is `engine`.",
        json_schema_extra=FREE,
    )


class Resolved(Observed):
    """What was found out about the model."""

    digest: str | None = Field(default=None, description="Digest or commit that the weights are pinned to.")
    parameters: int | None = Field(default=None, description="Number of parameters.")
    context_length: int | None = Field(default=None, description="Longest context served, in tokens.")
    dtype: str | None = Field(default=None, description="Number format of the weights.")
    architecture: str | None = Field(default=None, description="Architecture named in config.json.")


class Estimate(Observed):
    """What the model needs, by arithmetic and not by measurement."""

    weights: str | None = Field(default=None, description="Memory of the weights, as a quantity.")
    kv_cache_per_token: str | None = Field(
        default=None, description="Memory of one token's keys and values, as a quantity."
    )
    accelerators_needed: int | None = Field(
        default=None, description="Fewest accelerators of the given memory that hold it."
    )
    fits: bool | None = Field(default=None, description="Whether it fits the accelerators that were asked for.")
    note: str | None = Field(default=None, description="What the estimate rests on.")


class Revisions(Observed):
    """Which version of the model serves."""

    active: str = Field(
        default="", description="Hash of everything that makes an answer different: source, engine, image."
    )


class FoundationModelStatus(Observed):
    """What is known about the model."""

    observed_generation: int = Field(default=-1, description="metadata.generation that this status is about.")
    url: str | None = Field(
        default=None, description="Root of the OpenAI API, with /v1; the gateway's where there is one."
    )
    served_name: str | None = Field(default=None, description="Name to send as `model`.")
    resolved: Resolved | None = Field(default=None, description="What was found out about the model.")
    estimate: Estimate | None = Field(default=None, description="What the model needs, by arithmetic.")
    revisions: Revisions | None = Field(default=None, description="Which version of the model serves.")
    replicas: int | None = Field(default=None, description="Pods that exist.")
    ready_replicas: int | None = Field(default=None, description="Pods that serve.")
    selector: str | None = Field(default=None, description="Label selector of the pods, for the scale subresource.")
    observed: ObservedTraffic | None = Field(default=None, description="What the gateway measured of the answers.")
    conditions: Annotated[list[Condition], Field(max_length=16)] = Field(
        default_factory=list,
        description="Ready, Reconciling, Stalled, SourceResolved, FitsAccelerator, EngineAvailable, Serving, Routed,"
        " Guarded, ObjectivesMet.",
        json_schema_extra=keyed("type"),
    )


_FIRST_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class FoundationModel(Resource[FoundationModelSpec, FoundationModelStatus]):
    """A foundation model that is served: vLLM on own nodes, or a provider's API behind the same object."""

    kind_name: ClassVar[str] = "FoundationModel"
    names: ClassVar[Names] = Names("foundationmodels", "foundationmodel", "fm")
    scalable: ClassVar[bool] = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column("Ready", "string", ".status.conditions[?(@.type=='Ready')].status", "Whether the model serves."),
        Column("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", "Why."),
        Column("Model", "string", ".status.servedName", "Name to send as `model`."),
        Column("Replicas", "integer", ".status.readyReplicas", "Pods that serve."),
        Column("URL", "string", ".status.url", "Root of the OpenAI API."),
        Column(
            "TTFT-P95", "string", ".status.observed.timeToFirstToken.p95", "Time to first token that 95 of 100 kept."
        ),
        Column("Toxic", "string", ".status.observed.toxicResponses", "Share of toxic answers."),
        Column("Age", "date", ".metadata.creationTimestamp", "When the object was made."),
        Column("Task", "string", ".spec.task", "What the model does.", 1),
        Column("License", "string", ".spec.card.license.spdx", "Licence, from the card.", 1),
        Column("Message", "string", ".status.conditions[?(@.type=='Ready')].message", "Why, in a sentence.", 1),
    )

    @property
    def family(self) -> str | None:
        """Say which family the model is of: the card's word, else the first of its architecture (Qwen3Moe...: qwen)."""
        if self.spec.card and self.spec.card.family:
            return self.spec.card.family
        architecture = self.status.resolved.architecture if self.status.resolved else None
        found = _FIRST_WORD.match(architecture or "")
        return found[0].lower() if found else None
