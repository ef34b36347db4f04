"""Choosing among candidates on a real control plane."""

from typing import Any

from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.operator.evaluation_bench import Bench, Stage
from tests.support.openai_server import OpenAIServer

TWO = {"models": [{"name": "small"}, {"name": "large"}]}
LABEL = {"metric": "label", "goal": "Maximize"}
PRICE = {"metric": "card.pricing.outputPerMillionTokens", "goal": "Minimize"}


def priced(price: str) -> dict[str, Any]:
    return {"card": {"pricing": {"inputPerMillionTokens": "1", "outputPerMillionTokens": price}}}


def by(*criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    chosen = [{**each, "priority": number} for number, each in enumerate(criteria)]
    return {"candidates": TWO, "execution": {"parallelism": 2}, "selection": {"criteria": chosen, **more}}


def selected(bench: Bench) -> str:
    return str(bench.status().get("selected", {}).get("model", ""))


def test_other_priorities_and_other_cards_are_decided_from_the_status_alone(
    bench: Bench, server: OpenAIServer, crds_installed: ControlPlane, stage: Stage
) -> None:
    bench.apply_model("large", server.url, **priced("9"))
    bench.apply_model("small", server.url, **priced("1"))
    bench.apply_run(by(LABEL, PRICE))
    bench.measure(0, "large", low="0.90", value="0.95", high="0.99")
    bench.measure(1, "small")
    bench.wait("the better one", lambda: selected(bench) == "large")
    jobs, inputs = bench.jobs(), bench.status()["inputsHash"]
    bench.wait("the end of the Job", lambda: "completionTime" in bench.job()["status"])
    bench.wait("a time to live", lambda: "ttlSecondsAfterFinished" in bench.job()["spec"])

    mark = crds_installed.audit_offset()
    bench.apply_run(by(PRICE, LABEL))
    bench.wait("the cheaper one", lambda: selected(bench) == "small")
    bench.apply_model("small", server.url, **priced("20"))
    bench.wait("the one that is cheaper by now", lambda: selected(bench) == "large")
    bench.apply_run(by(PRICE, LABEL, constraints=["results.label.low < 0.85"]))
    bench.wait("the one that breaks no constraint", lambda: selected(bench) == "small")
    assert bench.status()["ranking"][-1] == {
        "model": "large",
        "reason": "cannot be selected: it breaks a constraint: results.label.low < 0.85 is not true:"
        " label is 0.95 [0.90, 0.99], n=6",
    }

    mine = crds_installed.audit_events(AuditFilter(user=stage.user, namespace=bench.namespace), offset=mark)
    written = [(event.verb, event.resource) for event in mine if event.name.startswith(bench.run)]
    assert {resource for _, resource in written} <= {"evaluationruns/status", "events"}
    assert (bench.jobs(), bench.status()["inputsHash"]) == (jobs, inputs)
    bench.apply_run(by(PRICE, LABEL, constraints=["results.lable.low < 0.85"]))
    _, message = bench.wait_for("Ready", "ConstraintInvalid")
    assert message.startswith("spec.selection.constraints[0]: results.lable.low < 0.85: the run has no figure lable")
    assert bench.condition("Stalled")[0] == "True"
    assert [m.split(":")[0] for m in bench.events("ModelSelected")].count("Selected large") == 1
    bench.apply_model("small", server.url)


def test_a_choice_that_is_asked_for_later_needs_no_new_answers(bench: Bench, server: OpenAIServer) -> None:
    bench.apply_model("large", server.url)
    bench.apply_run({field: value for field, value in by(LABEL).items() if field != "selection"})
    bench.measure(0, "large", low="0.90", value="0.95", high="0.99")
    bench.measure(1, "small")
    bench.wait_for("Complete", "Measured")
    jobs = bench.jobs()
    bench.apply_run(by(LABEL))
    status, message = bench.wait_for("Selected", "Selected")
    assert status == "True"
    assert message == "large: ahead of small by label: 0.95 [0.9, 0.99] against 0.7 [0.6, 0.8]"
    assert bench.jobs() == jobs


def test_a_tie_selects_nobody(bench: Bench, server: OpenAIServer) -> None:
    bench.apply_model("large", server.url)
    bench.apply_run(by(LABEL))
    bench.measure(0, "large", low="0.70", value="0.75", high="0.85")
    bench.measure(1, "small")
    status, message = bench.wait_for("Selected", "Tied")
    assert status == "Unknown"
    assert message.startswith("large, small cannot be told apart")
    assert selected(bench) == ""
    assert [each["rank"] for each in bench.status()["ranking"]] == [1, 1]
