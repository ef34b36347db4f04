"""What an EvaluationRun measures: the plan for the runner, and the hash of everything that makes a result different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fmops_api import API_VERSION
from fmops_api.card import Pricing
from fmops_api.catalogsource import CatalogSource
from fmops_api.constraints import looks
from fmops_api.evaluationplan import AnswerCache, Candidate, EvaluationPlan, Figure, PlannedJudge
from fmops_api.evaluationrun import EvaluationRun, EvaluationRunSpec, Examples, Execution
from fmops_api.execution import Cache
from fmops_api.judge import KAPPA, Calibration, Jury
from fmops_api.meta import SecretReference
from fmops_api.metric import spelled_out
from fmops_api.performance import Performance
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
    rates: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Prices of a million tokens of prompts and of answers, by model; only where the budget is in money."""
    judges: Sequence[PlannedJudge] = ()
    """Sorted by name, as the candidates are."""
    prices: Mapping[str, Pricing] | None = None
    """By model that answers, of those that have one; None when nobody asks for cost."""
    embedders: Sequence[Candidate] = ()
    """Models that Cosine metrics name, sorted by name."""
    sources: Sequence[CatalogSource] = ()
    """Where examples stand that the bundle names by digest only. Moving them makes no difference to a result."""
    sources_read_at: str = ""
    """When the catalogue read the one of them that it read longest ago, as RFC 3339."""


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
        examples=_in_order(run.spec.examples),
        repeats=run.spec.repeats,
        baseline=run.spec.baseline.name if run.spec.baseline else None,
        null_control=bool(run.spec.baseline and run.spec.baseline.null_control),
        metrics=sorted(map(spelled_out, run.spec.metrics), key=lambda m: m.name),
        judges=[_as_asked(planned) for planned in inputs.judges] or None,
        juries=_sorted(run.spec.juries),
        embedders=list(inputs.embedders) or None,
        performance=_ladder(run.spec.performance),
        prices=None if inputs.prices is None else dict(inputs.prices),
        slices=sorted(run.spec.slices or ()),
        figures=_figures(run.spec, inputs.judges),
        execution=_measured_under(run.spec.execution),
        cache=AnswerCache(since=scheduled_at) if run.spec.execution.cache is Cache.ENABLED else None,
        candidates=list(inputs.candidates),
        step_models=list(inputs.step_models) or None,
    )
    return draft.model_copy(update={"inputs_hash": inputs_hash(draft, runner_image, scheduled_at)})


def inputs_hash(plan: EvaluationPlan, runner_image: str, scheduled_at: str | None = None) -> str:
    """Hash what makes a result different: what is asked, of whom, how it is scored, and by which runner.

    The scheduled time that a measurement is for counts too: the same may be asked again, and answered otherwise.
    """
    semantics = {name: value for name, value in plan.to_manifest().items() if name not in _ABOUT_THE_OBJECT}
    del semantics["execution"]["shards"]  # By how many pods something is asked makes no result different.
    # Every figure is there at the usual confidence: whether somebody looks at it makes no result different.
    semantics["figures"] = [f for f in semantics["figures"] if f["confidence"] != _ALWAYS]
    scheduled = {"scheduledAt": scheduled_at} if scheduled_at else {}
    return digest({"api": API_VERSION, "runner": runner_image, **scheduled, **semantics})


def _ladder(performance: Performance | None) -> Performance | None:
    """Sort the levels: the order in which somebody lists them makes no difference."""
    if performance is None:
        return None
    return performance.model_copy(update={"concurrency": sorted(performance.concurrency)})


def _in_order(examples: Examples) -> Examples:
    """Sort what has no order."""
    kinds = examples.provenance
    update = {"sets": sorted(examples.sets), "provenance": None if kinds is None else sorted(kinds)}
    return examples.model_copy(update=update)


def _as_asked(planned: PlannedJudge) -> PlannedJudge:
    """Leave out minKappa: how much agreement is enough is decided afterwards and needs no new verdicts."""
    calibration = planned.judge.calibration
    if calibration is None:
        return planned
    asked = Calibration(sets=sorted(calibration.sets), weights=calibration.weights)
    return planned.model_copy(update={"judge": planned.judge.model_copy(update={"calibration": asked})})


def _sorted(juries: Sequence[Jury] | None) -> list[Jury] | None:
    ordered = sorted(juries or (), key=lambda jury: jury.name)
    return [jury.model_copy(update={"judges": sorted(jury.judges)}) for jury in ordered] or None


def _figures(spec: EvaluationRunSpec, judges: Sequence[PlannedJudge]) -> list[Figure]:
    """Name what gates, criteria, constraints and trust look at: what is decided on afterwards, without new answers."""
    asked = {(g.metric, g.against, str(Decimal(g.confidence).normalize())) for g in spec.gates or ()}
    criteria = spec.selection.criteria if spec.selection else ()
    asked |= {(c.metric, spec.against(c.metric), _ALWAYS) for c in criteria if c.metric not in CARD_NUMBERS}
    asked |= {(look.metric, look.against, _ALWAYS) for _, look in looks(spec)}
    asked |= {(f"{planned.judge.name}.{KAPPA}", None, _ALWAYS) for planned in judges if planned.judge.calibration}
    return [
        Figure(metric=metric, against=against, confidence=confidence)
        for metric, against, confidence in sorted(asked, key=lambda figure: (figure[0], figure[1] or "", figure[2]))
    ]


def _measured_under(execution: Execution) -> Execution:
    """Keep what decides which answers come in time; parallelism, shards, resources and the like change no answer."""
    return Execution(
        attempt_timeout=f"{seconds(execution.attempt_timeout) * 1000:.0f}ms",
        retries=execution.retries,
        max_in_flight=execution.max_in_flight,
        max_error_fraction=str(Decimal(execution.max_error_fraction).normalize()),
        run_timeout=_UNTIL_THE_DEADLINE,
    )
