"""Variants of prompts that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, foundation_model, prompt_catalog, template
from tests.crds.rows import Refused

USER = [{"role": "User", "content": "{{ input }}"}]


def _variants(*variants: dict[str, Any]) -> Manifest:
    return prompt_catalog(templates=[template(variants=list(variants))])


def _variant(**fields: Any) -> dict[str, Any]:
    return {"selector": {"family": "llama"}, "messages": USER, **fields}


ROWS = (
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
