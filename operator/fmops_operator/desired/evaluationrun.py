"""What an EvaluationRun measures: the plan for the runner, and the hash of everything that makes a result different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fmops_api import API_VERSION
from fmops_api.evaluationplan import Candidate, EvaluationPlan, Figure
from fmops_api.evaluationrun import EvaluationRun, EvaluationRunSpec, Execution
from fmops_api.meta import SecretReference
from fmops_api.metric import spelled_out
from fmops_api.scalars import seconds
from fmops_api.selection import CARD_NUMBERS
from fmops_operator.desired.metadata import digest

_UNTIL_THE_DEADLINE = "8760h"
"""Time for the runner: it is the Job's deadline, which may be moved while pods run, that ends a run."""
_ALWAYS = "0.95"
"""The confidence that every figure is given at, whoever looks at it."""
_ABOUT_THE_OBJECT = ("namespace", "run", "inputsHash")


@dataclass(frozen=True)
class Inputs:
    """What the references of a run stand for just now."""

    bundle: str
    """Name of the ConfigMap that holds the catalogue."""
    bundle_key: str
    catalog_digest: str
    prompt: str
    """name@version of the template or the chain, the label resolved."""
    examples: int
    """Examples that every candidate is asked."""
    candidates: Sequence[Candidate]
    """Sorted by name: the order in which somebody lists them makes no difference to a result."""
    api_keys: Mapping[str, SecretReference] = field(default_factory=dict)
    """Secrets by the environment variable that a model's key goes to."""
    step_models: Sequence[Candidate] = ()
    """Models that steps of the chain name, sorted by name."""


def build_plan(
    run: EvaluationRun, inputs: Inputs, runner_image: str, scheduled_at: str | None = None
) -> EvaluationPlan:
    """Build the plan. It holds what is hashed, and which figures go last when a summary is too long."""
    draft = EvaluationPlan(
        namespace=run.metadata.namespace,
        run=run.metadata.name,
        inputs_hash="",
        catalog_digest=inputs.catalog_digest,
        template=inputs.prompt if run.spec.template else None,
        chain=inputs.prompt if run.spec.chain else None,
        examples=run.spec.examples.model_copy(update={"sets": sorted(run.spec.examples.sets)}),
        repeats=run.spec.repeats,
        baseline=run.spec.baseline.name if run.spec.baseline else None,
        null_control=bool(run.spec.baseline and run.spec.baseline.null_control),
        metrics=sorted(map(spelled_out, run.spec.metrics), key=lambda m: m.name),
        slices=sorted(run.spec.slices or ()),
        figures=_figures(run.spec),
        execution=_measured_under(run.spec.execution),
        candidates=list(inputs.candidates),
        step_models=list(inputs.step_models) or None,
    )
    return draft.model_copy(update={"inputs_hash": inputs_hash(draft, runner_image, scheduled_at)})


def inputs_hash(plan: EvaluationPlan, runner_image: str, scheduled_at: str | None = None) -> str:
    """Hash what makes a result different: what is asked, of whom, how it is scored, and by which runner.

    The scheduled time that a measurement is for counts too: the same may be asked again, and answered otherwise.
    """
    semantics = {name: value for name, value in plan.to_manifest().items() if name not in _ABOUT_THE_OBJECT}
    # Every figure is there at the usual confidence: whether somebody looks at it makes no result different.
    semantics["figures"] = [f for f in semantics["figures"] if f["confidence"] != _ALWAYS]
    scheduled = {"scheduledAt": scheduled_at} if scheduled_at else {}
    return digest({"api": API_VERSION, "runner": runner_image, **scheduled, **semantics})


def _figures(spec: EvaluationRunSpec) -> list[Figure]:
    """Name what gates and criteria look at: limits and priorities are decided on afterwards, without new answers."""
    asked = {(g.metric, g.against, str(Decimal(g.confidence).normalize())) for g in spec.gates or ()}
    criteria = spec.selection.criteria if spec.selection else ()
    asked |= {(c.metric, None, _ALWAYS) for c in criteria if c.metric not in CARD_NUMBERS}
    return [
        Figure(metric=metric, against=against, confidence=confidence)
        for metric, against, confidence in sorted(asked, key=lambda figure: (figure[0], figure[1] or "", figure[2]))
    ]


def _measured_under(execution: Execution) -> Execution:
    """Keep what decides which answers come in time; parallelism, runTimeout, resources and suspend change no answer."""
    return Execution(
        attempt_timeout=f"{seconds(execution.attempt_timeout) * 1000:.0f}ms",
        retries=execution.retries,
        max_in_flight=execution.max_in_flight,
        max_error_fraction=str(Decimal(execution.max_error_fraction).normalize()),
        run_timeout=_UNTIL_THE_DEADLINE,
    )
