"""Reading the folder of a run back: what was planned, what was found, what the gates said."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrunstatus import EvaluationRunStatus, Result
from fmops_api.judge import comparing
from fmops_api.meta import Observed
from fmops_api.metricscale import HIGHER_IS_BETTER
from fmops_api.metrictype import MetricType
from fmops_api.performance import MARGINAL
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.results.findings import Findings

M = TypeVar("M", bound=BaseModel)


class Manifest(Observed):
    """What a report reads of manifest.json."""

    runner: str = ""
    plan: EvaluationPlan
    examples: list[str]
    example_count: int | None = None

    @property
    def asked(self) -> int:
        """Count the examples, which are not named one by one where there are very many."""
        return len(self.examples) if self.example_count is None else self.example_count


@dataclass(frozen=True)
class CandidateResults:
    """One candidate; nothing was found when it could not be measured, or is not measured yet."""

    number: int
    """From 1, in the order of the plan: its sign in plots."""
    name: str
    revision: str
    summary: EvaluationSummary | None
    findings: Findings | None
    comparison: EvaluationSummary | None = None
    """What was found against the baseline."""
    performance: EvaluationSummary | None = None
    """What was found under load."""

    def against(self, metric: str) -> Result | None:
        """Give a figure against the baseline; None when there is none."""
        results = self.comparison.results if self.comparison else ()
        return next((r for r in results if (r.metric, r.confidence) == (metric, "0.95")), None)

    def under_load(self, metric: str) -> float | None:
        """Give a figure of a level; None when there is none, or it is not known."""
        results = self.performance.results if self.performance else ()
        found = next((r.value for r in results if (r.metric, r.confidence) == (metric, "0.95")), None)
        return None if found is None else float(found)

    def result(self, metric: str, confidence: str = "0.95") -> Result | None:
        """Give a figure; None when there is none."""
        results = self.summary.results if self.summary else ()
        wanted = (metric, None, confidence)
        return next((r for r in results if (r.metric, r.against, r.confidence) == wanted), None)


@dataclass(frozen=True)
class RunResults:
    """Everything that a report shows of one run."""

    manifest: Manifest
    candidates: Sequence[CandidateResults]
    status: EvaluationRunStatus
    """Of `fmops evaluate`; without gates and conditions where the operator holds them."""

    @property
    def plan(self) -> EvaluationPlan:
        """Give what was measured."""
        return self.manifest.plan

    @property
    def measured(self) -> list[CandidateResults]:
        """Give the candidates with figures."""
        return [candidate for candidate in self.candidates if candidate.summary]

    @property
    def unmeasured(self) -> list[CandidateResults]:
        """Give the candidates without."""
        return [candidate for candidate in self.candidates if not candidate.summary]

    @property
    def qualities(self) -> list[str]:
        """Name the figures that look at answers, in the order of the plan."""
        return [metric.name for metric in self.plan.metrics if metric.type is not MetricType.LATENCY]

    @property
    def compared(self) -> list[CandidateResults]:
        """Give the candidates that were held against the baseline."""
        return [candidate for candidate in self.candidates if candidate.comparison]

    @property
    def loaded(self) -> list[CandidateResults]:
        """Give the candidates that were put under load."""
        return [candidate for candidate in self.candidates if candidate.performance]

    @property
    def priced_by_hour(self) -> bool:
        """Say whether what accelerators cost by the hour is known of any."""
        return any(candidate.under_load(MARGINAL) is not None for candidate in self.loaded)

    @property
    def comparisons(self) -> list[str]:
        """Name the figures against the baseline: a metric's own, and all of a judge or a jury that compares."""
        duels = comparing([planned.judge for planned in self.plan.judges or ()], self.plan.juries)
        found = [r.metric for each in self.compared if each.comparison for r in each.comparison.results if r.against]
        return [name for name in dict.fromkeys(found) if "." not in name or name.partition(".")[0] in duels]

    @property
    def quality(self) -> str | None:
        """Name the figure that candidates are ordered by: the first of which more is better for certain."""
        return next((metric.name for metric in self.plan.metrics if metric.type in HIGHER_IS_BETTER), None)

    @property
    def latency(self) -> str | None:
        """Name the time of a whole answer that candidates are compared by."""
        names = [metric.name for metric in self.plan.metrics if metric.type is MetricType.LATENCY]
        return f"{names[0]}.request.p95" if names else None


def read_run(root: Path) -> RunResults:
    """Read a folder that `fmops evaluate` or an evaluation Job wrote; raises BadInput."""
    folder = RunFolder(root)
    if not root.is_dir():
        raise BadInput(f"{root} is no folder")
    manifest = _read(folder.manifest, Manifest)
    if manifest is None:
        raise BadInput(f"{root} holds no results: it has no manifest.json. {_nearby(root)}".strip())
    candidates = [
        CandidateResults(
            number=number,
            name=candidate.name,
            revision=candidate.revision,
            summary=_read(folder.summary(candidate.name), EvaluationSummary),
            findings=_read(folder.findings(candidate.name), Findings),
            comparison=_read(folder.comparison(candidate.name), EvaluationSummary),
            performance=_read(folder.performance(candidate.name) / "summary.json", EvaluationSummary),
        )
        for number, candidate in enumerate(manifest.plan.candidates, 1)
    ]
    return RunResults(manifest, candidates, _read(folder.report, EvaluationRunStatus) or EvaluationRunStatus())


def _nearby(root: Path) -> str:
    """Name the runs below, for somebody who gave a folder too high up."""
    found = sorted(path.parent for path in root.glob("*/manifest.json"))
    found += sorted(path.parent for path in root.glob("*/*/*/manifest.json"))
    return f"Below it there are results: {', '.join(map(str, found[:5]))}" if found else ""


def _read(path: Path, kind: type[M]) -> M | None:
    """Read a file of ours; None when there is none."""
    try:
        return kind.model_validate(orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from None
    except (orjson.JSONDecodeError, ValidationError):
        raise BadInput(f"{path} is not what this version of fmops writes there") from None
