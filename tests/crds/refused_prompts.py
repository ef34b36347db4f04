"""Variants and chains of prompts that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, chain, evaluation_run, foundation_model, prompt_catalog, template
from tests.crds.rows import Refused

USER = [{"role": "User", "content": "{{ input }}"}]


def _variants(*variants: dict[str, Any]) -> Manifest:
    return prompt_catalog(templates=[template(variants=list(variants))])


def _variant(**fields: Any) -> dict[str, Any]:
    return {"selector": {"family": "llama"}, "messages": USER, **fields}


def _chains(*chains: dict[str, Any], **spec: Any) -> Manifest:
    return prompt_catalog(chains=list(chains), **spec)


def _step(**fields: Any) -> Manifest:
    return _chains(chain(steps=[{"name": "first", "template": "triage@1", **fields}]))


NO_INPUT = "must be text in which only {{ steps.NAME.output }} stands in braces"

ROWS = (
    Refused("a chain without steps", _chains(chain(steps=[])), "spec.chains[0].steps", "should have at least 1 items"),
    Refused("a chain without a version", _chains(chain(version=None)), "spec.chains[0].version", "Required value"),
    Refused("the same chain twice", _chains(chain(), chain()), "spec.chains[1]", "Duplicate value"),
    Refused(
        "two steps of one name",
        _chains(chain(steps=[{"name": "a", "template": "triage@1"}] * 2)),
        "spec.chains[0].steps[1]",
        "Duplicate value",
    ),
    Refused(
        "too many steps",
        _chains(chain(steps=[{"name": f"s{n}", "template": "triage@1"} for n in range(9)])),
        "spec.chains[0].steps",
        "must have at most 8 items",
    ),
    Refused(
        "a label on two chains",
        _chains(chain(labels=["live"]), chain(version=2, labels=["live"])),
        "spec",
        "a label stands on one version of a chain: remove it from the other version",
    ),
    Refused(
        "a step without a version",
        _step(template="triage"),
        "spec.chains[0].steps[0].template",
        "must be name@version or name@label",
    ),
    Refused("a step of no template", _step(template=None), "spec.chains[0].steps[0].template", "Required value"),
    Refused(
        "an input that computes",
        _step(inputs={"input": "{{ 7 * 7 }}"}),
        "spec.chains[0].steps[0].inputs[input]",
        NO_INPUT,
    ),
    Refused(
        "an input that reads a variable",
        _step(inputs={"input": "{{ steps.a.output }} {{ input }}"}),
        "spec.chains[0].steps[0].inputs[input]",
        NO_INPUT,
    ),
    Refused(
        "an input that reads something else of a step",
        _step(inputs={"input": "{{ steps.a.messages }}"}),
        "spec.chains[0].steps[0].inputs[input]",
        NO_INPUT,
    ),
    Refused(
        "an input with a condition",
        _step(inputs={"input": "{% if a %}b{% endif %}"}),
        "spec.chains[0].steps[0].inputs[input]",
        NO_INPUT,
    ),
    Refused("an empty input", _step(inputs={"input": ""}), "spec.chains[0].steps[0].inputs.input", "at least 1 chars"),
    Refused(
        "an input with a dash",
        _step(inputs={"ticket-text": "x"}),
        "spec.chains[0].steps[0].inputs",
        "must be a variable name: letters, digits and '_'",
    ),
    Refused("a step's model without a name", _step(model={}), "spec.chains[0].steps[0].model.name", "Required value"),
    Refused(
        "a run of both a template and a chain",
        evaluation_run(chain="ticket@1"),
        "spec",
        "set exactly one of template or chain",
    ),
    Refused("a run of neither", evaluation_run(template=None), "spec", "set exactly one of template or chain"),
    Refused(
        "a run of a chain without a version",
        evaluation_run(template=None, chain="ticket"),
        "spec.chain",
        "must be name@version or name@label",
    ),
    Refused(
        "two variants for one family",
        _variants(_variant(), _variant(selector={"family": "qwen"}), _variant()),
        "spec.templates[0]",
        "two variants are for the same family: leave one",
    ),
    Refused(
        "a variant for nobody",
        _variants({"messages": USER}),
        "spec.templates[0].variants[0].selector",
        "Required value",
    ),
    Refused(
        "a variant for a family in capitals",
        _variants(_variant(selector={"family": "Llama"})),
        "spec.templates[0].variants[0].selector.family",
        "must be lower-case letters, digits and '-'",
    ),
    Refused(
        "a variant without messages",
        _variants(_variant(messages=[])),
        "spec.templates[0].variants[0].messages",
        "should have at least 1 items",
    ),
    Refused(
        "a variant that nobody answers",
        _variants(_variant(messages=[{"role": "System", "content": "Be kind."}])),
        "spec.templates[0].variants[0]",
        "messages needs a message with role User",
    ),
    Refused(
        "too many variants",
        _variants(*(_variant(selector={"family": f"f{n}"}) for n in range(9))),
        "spec.templates[0].variants",
        "must have at most 8 items",
    ),
    Refused(
        "variants beyond 64 KiB together with the template",
        _variants(
            *(_variant(selector={"family": f"f{n}"}, messages=[{**USER[0], "content": "x" * 9000}]) for n in range(8))
        ),
        "spec",
        "inline content is at most 65536 characters in total: move examples to a source",
    ),
    Refused(
        "a card with a family in capitals",
        foundation_model(card={"family": "Llama"}),
        "spec.card.family",
        "must be lower-case letters, digits and '-'",
    ),
)
