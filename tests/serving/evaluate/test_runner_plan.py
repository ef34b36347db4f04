"""The runner and the operator agree: what one writes, the other carries out."""

from pathlib import Path

from fmops_api.evaluationplan import Candidate
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_operator.desired.evaluationrun import Inputs, build_plan
from fmops_operator.desired.evaluationrun_job import build_plan_map
from fmops_serving.prompts.catalog import canonical, resolve
from tests.serving.evaluate.laptop import GATES, resource, run_spec
from tests.serving.evaluate.plans import Order, catalog_spec
from tests.serving.evaluate.runs import right, run, summary
from tests.support.openai_server import openai_server


def test_the_plan_that_the_operator_writes_is_carried_out(tmp_path: Path) -> None:
    evaluation = EvaluationRun.parse(resource("EvaluationRun", "quality", run_spec()))
    catalog = resolve(PromptCatalogSpec.model_validate(catalog_spec(20)), {}).catalog
    assert catalog is not None
    with openai_server(right) as server:
        candidate = Candidate(name="tiny", url=server.url, model="tiny", revision="7f3c9a1e02")
        inputs = Inputs("bundle", "catalog.json", catalog.digest, "triage@3", 20, [candidate])
        plan = build_plan(evaluation, inputs, "fmops-serving:test")
        (tmp_path / "plan.json").write_text(build_plan_map(evaluation, plan, inputs)["data"]["plan.json"])
        (tmp_path / "bundle.json").write_bytes(canonical(catalog))
        order = Order(tmp_path, plan)
        done = run(order)
    assert done.exit_code == 0, done.output
    found = {(result.metric, float(result.confidence)) for result in summary(order).results}
    assert {(str(gate["metric"]), float(str(gate.get("confidence", "0.95")))) for gate in GATES} <= found
