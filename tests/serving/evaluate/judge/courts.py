"""Runs with judges: a candidate that answers with its example's label, and judges that say what a test says."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops_api.evaluationplan import Candidate, EvaluationPlan, EvaluationSummary, Figure, PlannedJudge
from fmops_api.evaluationrun import Examples, Execution
from fmops_api.evaluationrunstatus import Result
from fmops_api.judge import Judge, Jury
from fmops_api.metric import Metric
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.prompts.catalog import canonical, resolve
from tests.serving.evaluate.plans import QUICK, Order, catalog_spec, label_of, number_in
from tests.serving.evaluate.runs import summary
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, openai_server

CRITERIA = ("helpfulness", "accuracy")
ANCHORS = {"1": "no", "5": "yes"}


def rubric(names: Sequence[str] = CRITERIA, low: int = 1, high: int = 5) -> dict[str, Any]:
    """A rubric general@1."""
    anchors = {str(low): "not at all", str(high): "wholly"}
    criteria = [{"name": name, "description": f"Is there {name}?", "anchors": anchors} for name in names]
    return {"name": "general", "version": 1, "criteria": criteria, "scale": {"min": low, "max": high}}


def people(scores: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """A set of answers that people scored; the answer says its number."""
    examples = [
        {"id": f"p{n:03}", "input": f"people {n}", "judgement": {"output": f"judged answer {n}", "scores": dict(given)}}
        for n, given in enumerate(scores)
    ]
    return {"name": "people", "split": "Dev", "examples": examples}


def verdict(**scores: Any) -> str:
    """A verdict as it should be."""
    return json.dumps({name: {"reason": f"about {name}", "score": score} for name, score in scores.items()})


def good(asked: Asked) -> Behaviour:
    """Helpful, and accurate as the number of the example goes."""
    return Says(verdict(helpfulness=4, accuracy=1 + of_number(asked) % 5))


def of_number(asked: Asked) -> int:
    """Read which example the answer before the judge is about."""
    return int(asked.body["messages"][1]["content"].split("=== END TASK ===")[0].strip().rsplit(" ", 1)[-1])


def right(asked: Asked) -> Behaviour:
    """Answer as the candidate."""
    return Says(label_of(number_in(asked.prompt)))


@dataclass(frozen=True)
class Court:
    """A candidate's server, a judge's, and the order for the runner."""

    candidate: OpenAIServer
    judge: OpenAIServer
    folder: Path

    def order(self, count: int = 6, **changes: Any) -> Order:
        """Write plan and bundle. `judges` are specs of judges, or one changed by `judge`."""
        judges = changes.pop("judges", None) or [changes.pop("judge", {})]
        sets = changes.pop("people", None)
        spec = {**catalog_spec(count), "rubrics": [changes.pop("rubric", rubric())]}
        spec["exampleSets"] = [*spec["exampleSets"], *([people(sets)] if sets else [])]
        resolution = resolve(PromptCatalogSpec.model_validate(spec), {})
        assert resolution.catalog is not None, resolution.faults
        planned = [self._planned(each) for each in judges]
        execution = {**QUICK, "retries": 0, **changes.pop("execution", {})}
        juries = [Jury(**jury) for jury in changes.pop("juries", ())]
        plan = EvaluationPlan(
            namespace="support",
            run="quality",
            inputs_hash="9d1c0a77e4",
            catalog_digest=resolution.catalog.digest,
            template="triage@3",
            examples=Examples(sets=["golden"]),
            metrics=[Metric(name="exact", type="ExactMatch")],
            judges=planned,
            juries=juries or None,
            figures=[Figure(metric="general", confidence="0.99")],
            execution=Execution(**execution),
            candidates=[Candidate(name="tiny", url=self.candidate.url, model="tiny", revision="r1")],
        ).model_copy(update=changes)
        (self.folder / "plan.json").write_text(plan.model_dump_json(by_alias=True, indent=2))
        (self.folder / "bundle.json").write_bytes(canonical(resolution.catalog))
        return Order(self.folder, plan)

    def _planned(self, changes: Mapping[str, Any]) -> PlannedJudge:
        judge = Judge.model_validate(
            {"name": "general", "model": {"name": "large"}, "rubric": "general@1", "maxTokens": 200, **changes}
        )
        endpoint = Candidate(name=judge.model.name, url=self.judge.url, model=judge.model.name, revision="j1")
        return PlannedJudge(judge=judge, endpoint=endpoint)


@contextmanager
def court(
    folder: Path, judge: Callable[[Asked], Behaviour] = good, candidate: Callable[[Asked], Behaviour] = right
) -> Iterator[Court]:
    """Open both servers."""
    with openai_server(candidate) as of_candidate, openai_server(judge, ["large"]) as of_judge:
        yield Court(of_candidate, of_judge, folder)


def figures(order: Order) -> dict[str, Result]:
    """Give the figures at 0.95, by name."""
    found: EvaluationSummary = summary(order)
    return {result.metric: result for result in found.results if result.confidence == "0.95"}


def judged_rows(order: Order, judge: str = "general") -> list[dict[str, Any]]:
    """Give the rows of a judge."""
    return [json.loads(line) for line in order.run.judgements("tiny", judge).read_text().splitlines()]
