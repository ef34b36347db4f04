"""Runs in which a judge compares: a candidate and a baseline that answer as a test says, and judges that compare."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops_api.evaluationplan import Candidate, EvaluationPlan, Figure, PlannedJudge
from fmops_api.evaluationrun import Examples, Execution
from fmops_api.evaluationrunstatus import Against, Result
from fmops_api.judge import Judge, Jury
from fmops_api.metric import Metric
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.prompts.catalog import canonical, resolve
from tests.serving.evaluate.judge.courts import rubric
from tests.serving.evaluate.plans import QUICK, Order, catalog_spec, number_in
from tests.serving.evaluate.runs import run, summary
from tests.support.openai_server import Asked, Behaviour, OpenAIServer, Says, openai_server

Says_ = Callable[[int, str], str]


@dataclass(frozen=True)
class Shown:
    """What a judge is shown: the number of the example and both answers."""

    number: int
    a: str
    b: str
    user: str

    @classmethod
    def of(cls, asked: Asked) -> "Shown":
        """Read the first user message."""
        user = asked.body["messages"][1]["content"]
        task = user.split("=== END TASK ===")[0]
        return cls(int(task.strip().rsplit(" ", 1)[-1]), _block(user, "A"), _block(user, "B"), user)


def _block(user: str, name: str) -> str:
    found = re.search(
        rf"^=== BEGIN ANSWER {name} ===\n(.*?)\n=== END ANSWER {name} ===$", user, re.DOTALL | re.MULTILINE
    )
    assert found
    return "\n".join(line.removeprefix("| ") for line in found[1].splitlines())


def better(word: str) -> Behaviour:
    """A verdict as it should be."""
    return Says(json.dumps({"reason": "so", "verdict": word}))


def longer(asked: Asked) -> Behaviour:
    """Hold the longer answer for the better one, whichever stands first."""
    shown = Shown.of(asked)
    if len(shown.a) == len(shown.b):
        return better("Tie")
    return better("A" if len(shown.a) > len(shown.b) else "B")


def said(number: int, model: str) -> str:
    """Let the candidate win on even numbers below 8, lose on odd ones, and tie from 8 on."""
    own = "long answer" if number % 2 == 0 else "s"
    theirs = "answer" if number < 8 else own
    return own if model == "tiny" else theirs


@dataclass(frozen=True)
class Ring:
    """The server of both models, that of the judges, and the order for the runner."""

    models: OpenAIServer
    judges: OpenAIServer
    order: Order

    def answer(self) -> None:
        """Measure both."""
        for index in "01":
            done = run(self.order, "--index", index)
            assert done.exit_code == 0, done.stderr

    def compare(self, **environment: str) -> Any:
        """Compare; gives the process."""
        return run(self.order, "--stage", "compare", **environment)

    def figures(self, confidence: str = "0.95") -> dict[str, Result]:
        """What the comparison found, by name."""
        return {r.metric: r for r in summary(self.order).results if r.confidence == confidence}

    def rows(self, judge: str = "duel") -> list[dict[str, Any]]:
        """Every verdict of a judge."""
        path = self.order.run.judgements("tiny", judge)
        return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def ring(
    folder: Path,
    judge: Callable[[Asked], Behaviour] = longer,
    says: Says_ = said,
    count: int = 10,
    judges: Sequence[Mapping[str, Any]] = ({},),
    **changes: Any,
) -> Iterator[Ring]:
    """Open the servers and write the order; `judges` are changed fields of judges that compare."""

    def answers(asked: Asked) -> Behaviour:
        return Says(says(number_in(asked.prompt), asked.body["model"]))

    spec = {**catalog_spec(count), "rubrics": [rubric()]}
    if people := changes.pop("people", ()):
        spec["exampleSets"] = [*spec["exampleSets"], {"name": "people", "examples": list(people)}]
    resolution = resolve(PromptCatalogSpec.model_validate(spec), {})
    assert resolution.catalog is not None, resolution.faults
    with openai_server(answers) as models, openai_server(judge, ["large"]) as of_judges:
        juries = [Jury(**jury) for jury in changes.pop("juries", ())]
        execution = Execution(**{**QUICK, "retries": 0, **changes.pop("execution", {})})
        plan = EvaluationPlan(
            namespace="support", run="quality", inputs_hash="9d1c0a77e4", catalog_digest=resolution.catalog.digest,
            template="triage@3", examples=Examples(sets=["golden"]), execution=execution, juries=juries or None,
            metrics=[Metric(name="exact", type="ExactMatch")], baseline="base",
            judges=[_planned(each, of_judges.url) for each in judges],
            figures=[Figure(metric="duel", against=Against.BASELINE, confidence="0.9")],
            candidates=[Candidate(name=n, url=models.url, model=n, revision="r1") for n in ("base", "tiny")],
        ).model_copy(update=changes)  # fmt: skip
        (folder / "plan.json").write_text(plan.model_dump_json(by_alias=True, indent=2))
        (folder / "bundle.json").write_bytes(canonical(resolution.catalog))
        yield Ring(models, of_judges, Order(folder, plan))


def _planned(changes: Mapping[str, Any], url: str) -> PlannedJudge:
    fields = {"name": "duel", "model": {"name": "large"}, "rubric": "general@1", "mode": "Pairwise", "maxTokens": 200}
    judge = Judge.model_validate({**fields, **changes})
    return PlannedJudge(judge=judge, endpoint=Candidate(name="large", url=url, model=judge.name, revision="j1"))
