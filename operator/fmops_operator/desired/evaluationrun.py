"""What an EvaluationRun measures: the plan for the runner, and the hash of everything that makes a result different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fmops_api import API_VERSION
from fmops_api.evaluationplan import Candidate, EvaluationPlan, Figure
from fmops_api.evaluationrun import EvaluationRun, Execution, Gate
from fmops_api.meta import SecretReference
from fmops_api.metric import spelled_out
from fmops_api.scalars import seconds
from fmops_operator.desired.metadata import digest

_UNTIL_THE_DEADLINE = "8760h"
"""Time for the runner: it is the Job's deadline, which may be moved while pods run, that ends a run."""
_ABOUT_THE_OBJECT = ("namespace", "run", "inputsHash")


@dataclass(frozen=True)
class Inputs:
    """What the references of a run stand for just now."""

    bundle: str
    """Name of the ConfigMap that holds the catalogue."""
    bundle_key: str
    catalog_digest: str
    template: str
    """name@version, the label resolved."""
    examples: int
    """Examples that every candidate is asked."""
    candidates: Sequence[Candidate]
    """Sorted by name: the order in which somebody lists them makes no difference to a result."""
    api_keys: Mapping[str, SecretReference] = field(default_factory=dict)
    """Secrets by the environment variable that a candidate's key goes to."""


def build_plan(run: EvaluationRun, inputs: Inputs, runner_image: str) -> EvaluationPlan:
    """Build the plan. It holds what is hashed and nothing else, so one hash means one plan, byte for byte."""
    draft = EvaluationPlan(
        namespace=run.metadata.namespace,
        run=run.metadata.name,
        inputs_hash="",
        catalog_digest=inputs.catalog_digest,
        template=inputs.template,
        examples=run.spec.examples.model_copy(update={"sets": sorted(run.spec.examples.sets)}),
        metrics=sorted(map(spelled_out, run.spec.metrics), key=lambda m: m.name),
        slices=sorted(run.spec.slices or ()),
        figures=_figures(run.spec.gates or ()),
        execution=_measured_under(run.spec.execution),
        candidates=list(inputs.candidates),
    )
    return draft.model_copy(update={"inputs_hash": inputs_hash(draft, runner_image)})


def inputs_hash(plan: EvaluationPlan, runner_image: str) -> str:
    """Hash what makes a result different: what is asked, of whom, how it is scored, and by which runner."""
    semantics = {name: value for name, value in plan.to_manifest().items() if name not in _ABOUT_THE_OBJECT}
    return digest({"api": API_VERSION, "runner": runner_image, **semantics})


def _figures(gates: Sequence[Gate]) -> list[Figure]:
    """Name what gates look at: where their limits lie is decided afterwards and needs no new answers."""
    asked = {(g.metric, str(Decimal(g.confidence).normalize())) for g in gates}
    return [Figure(metric=metric, confidence=confidence) for metric, confidence in sorted(asked)]


def _measured_under(execution: Execution) -> Execution:
    """Keep what decides which answers come in time; parallelism, runTimeout, resources and suspend change no answer."""
    return Execution(
        attempt_timeout=f"{seconds(execution.attempt_timeout) * 1000:.0f}ms",
        retries=execution.retries,
        max_in_flight=execution.max_in_flight,
        run_timeout=_UNTIL_THE_DEADLINE,
    )
