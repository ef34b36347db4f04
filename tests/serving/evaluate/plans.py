"""Plans and bundles as the operator writes them, for the runner's tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops_api.evaluationplan import Candidate, EvaluationPlan, Figure
from fmops_api.evaluationrun import Examples, Execution
from fmops_api.metric import Metric
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.prompts.catalog import canonical, resolve

LABELS = ("billing", "refund", "shipping", "other")
METRICS = (
    Metric(name="f1", type="Classification"),
    Metric(name="exact", type="ExactMatch", normalize="Strip"),
    Metric(name="latency", type="Latency"),
)
LARGEST_SET = 500
QUICK = {"max_in_flight": 4, "retries": 2, "attempt_timeout": "20s"}


def label_of(number: int) -> str:
    """Give the right label of an example."""
    return LABELS[number % len(LABELS)]


def number_in(prompt: str) -> int:
    """Read which example a prompt asks."""
    return int(prompt.rsplit(" ", 1)[-1])


def catalog_spec(count: int) -> dict[str, Any]:
    """Write a catalogue with one template and `count` labelled examples: golden, then as many sets as it takes."""
    template = {
        "name": "triage",
        "version": 3,
        "labels": ["production"],
        "messages": [
            {"role": "System", "content": "Answer with one label."},
            {"role": "User", "content": "Ticket {{ input }}"},
        ],
        "variables": [{"name": "input", "maxLength": 40}],
        "generation": {"temperature": "0", "maxTokens": 8, "seed": 7},
    }
    examples = [{"id": f"e{n:05}", "input": f"number {n}", "label": label_of(n)} for n in range(count)]
    sets = [
        {"name": name, "labels": list(LABELS), "examples": examples[place * LARGEST_SET : (place + 1) * LARGEST_SET]}
        for place, name in enumerate(set_names(count))
    ]
    return {"templates": [template], "exampleSets": sets}


def set_names(count: int) -> list[str]:
    """Name the sets that hold so many examples."""
    return ["golden", *(f"golden-{number}" for number in range(2, -(-count // LARGEST_SET) + 1))]


@dataclass(frozen=True)
class Order:
    """Files for one start of the runner, and where its output goes."""

    folder: Path
    plan: EvaluationPlan

    @property
    def arguments(self) -> list[str]:
        """The runner's command line."""
        return [
            "--plan", str(self.folder / "plan.json"), "--bundle", str(self.folder / "bundle.json"),
            "--sink", str(self.folder / "sink"), "--summary", str(self.folder / "summary"),
        ]  # fmt: skip

    @property
    def run(self) -> RunFolder:
        """The run's files in the sink."""
        return RunFolder(self.folder / "sink" / self.plan.namespace / self.plan.run / self.plan.inputs_hash)

    @property
    def rows(self) -> Path:
        """The rows of the first candidate."""
        return self.run.rows(self.plan.candidates[0].name)


def write_order(
    folder: Path,
    url: str,
    count: int = 12,
    metrics: Sequence[Metric] = METRICS,
    execution: dict[str, Any] | None = None,
    **changes: Any,
) -> Order:
    """Write plan and bundle for one candidate at `url`."""
    resolution = resolve(PromptCatalogSpec.model_validate(catalog_spec(count)), {})
    assert resolution.catalog is not None, resolution.faults
    plan = EvaluationPlan(
        namespace="support",
        run="quality",
        inputs_hash="9d1c0a77e4",
        catalog_digest=resolution.catalog.digest,
        template="triage@3",
        examples=Examples(sets=set_names(count)),
        metrics=list(metrics),
        figures=[Figure(metric="f1", confidence="0.99")],
        execution=Execution(**{**QUICK, **(execution or {})}),
        candidates=[Candidate(name="tiny", url=url, model="tiny", revision="7f3c9a1e02")],
    ).model_copy(update=changes)
    (folder / "plan.json").write_text(plan.model_dump_json(by_alias=True, indent=2))
    (folder / "bundle.json").write_bytes(canonical(resolution.catalog))
    return Order(folder, plan)
