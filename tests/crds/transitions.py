"""Changes of stored objects: what may change and what is immutable."""

from tests.crds.objects import (
    at_provider,
    chain,
    evaluation_run,
    example_set,
    foundation_model,
    prompt_catalog,
    rubric,
    template,
)
from tests.crds.rows import Transition

MOVED = "a model cannot move between own pods, a provider and a service: make a new FoundationModel"
TEMPLATE = "a template's (name, version) is immutable: add a new version instead"
RUBRIC = "a rubric's (name, version) is immutable: add a new version instead"
CHAIN = "a chain's (name, version) is immutable: add a new version instead"
CHANGED = [{"role": "User", "content": "Sort this: {{ input }}"}]
SERVICE = {"service": {"url": "http://llama.other.svc:8000", "model": "llama"}}
VOLUME = {"persistentVolumeClaim": {"claimName": "weights"}}

ROWS = (
    Transition("own pods become a provider", foundation_model(), at_provider(), MOVED),
    Transition("a provider becomes own pods", at_provider(), foundation_model(), MOVED),
    Transition("a provider becomes a service", at_provider(), at_provider(source=SERVICE), MOVED),
    Transition("a repository becomes a volume", foundation_model(), foundation_model(source=VOLUME), ""),
    Transition("a revision is pinned", foundation_model(), foundation_model(card={"parameters": "8B"}, replicas=3), ""),
    Transition(
        "a template's message changes",
        prompt_catalog(),
        prompt_catalog(templates=[template(messages=CHANGED)]),
        TEMPLATE,
    ),
    Transition(
        "a template gets a variable",
        prompt_catalog(),
        prompt_catalog(templates=[template(variables=[{"name": "input"}])]),
        TEMPLATE,
    ),
    Transition(
        "a template loses its generation",
        prompt_catalog(templates=[template(generation={"maxTokens": 5})]),
        prompt_catalog(),
        TEMPLATE,
    ),
    Transition(
        "a template's temperature changes",
        prompt_catalog(templates=[template(generation={"temperature": "0"})]),
        prompt_catalog(templates=[template(generation={"temperature": "1"})]),
        TEMPLATE,
    ),
    Transition(
        "a template gets a variant",
        prompt_catalog(),
        prompt_catalog(templates=[template(variants=[{"selector": {"family": "llama"}, "messages": CHANGED}])]),
        TEMPLATE,
    ),
    Transition(
        "a variant is for another family",
        prompt_catalog(templates=[template(variants=[{"selector": {"family": "llama"}, "messages": CHANGED}])]),
        prompt_catalog(templates=[template(variants=[{"selector": {"family": "qwen"}, "messages": CHANGED}])]),
        TEMPLATE,
    ),
    Transition("a model's family is named", foundation_model(), foundation_model(card={"family": "qwen"}), ""),
    Transition(
        "a template gets a shape",
        prompt_catalog(),
        prompt_catalog(templates=[template(outputSchema={"type": "string"})]),
        TEMPLATE,
    ),
    Transition(
        "a word deep in a template's shape changes",
        prompt_catalog(templates=[template(outputSchema={"properties": {"a": {"enum": ["x"]}}})]),
        prompt_catalog(templates=[template(outputSchema={"properties": {"a": {"enum": ["y"]}}})]),
        TEMPLATE,
    ),
    Transition(
        "a template's shape is written in another order",
        prompt_catalog(templates=[template(outputSchema={"type": "string", "enum": ["x", None]})]),
        prompt_catalog(templates=[template(outputSchema={"enum": ["x", None], "type": "string"})]),
        "",
    ),
    Transition(
        "the second of two templates changes, and they swap places",
        prompt_catalog(templates=[template(), template(version=2)]),
        prompt_catalog(templates=[template(version=2, messages=CHANGED), template()]),
        TEMPLATE,
    ),
    Transition(
        "a new version is added and the label moves to it",
        prompt_catalog(templates=[template(labels=["production"])]),
        prompt_catalog(templates=[template(), template(version=2, messages=CHANGED, labels=["production"])]),
        "",
    ),
    Transition(
        "an old version is removed",
        prompt_catalog(templates=[template(), template(version=2)]),
        prompt_catalog(templates=[template(version=2)]),
        "",
    ),
    Transition(
        "a rubric's scale changes",
        prompt_catalog(rubrics=[rubric(scale={"min": 1, "max": 5})]),
        prompt_catalog(
            rubrics=[
                rubric(
                    scale={"min": 0, "max": 5},
                    criteria=[
                        {"name": "helpfulness", "description": "Does it help?", "anchors": {"0": "no", "5": "yes"}}
                    ],
                )
            ]
        ),
        RUBRIC,
    ),
    Transition(
        "a rubric's criterion changes",
        prompt_catalog(rubrics=[rubric()]),
        prompt_catalog(
            rubrics=[
                rubric(
                    criteria=[
                        {"name": "helpfulness", "description": "Does it help much?", "anchors": {"1": "no", "5": "yes"}}
                    ]
                )
            ]
        ),
        RUBRIC,
    ),
    Transition(
        "a rubric's default scale is written out",
        prompt_catalog(rubrics=[rubric()]),
        prompt_catalog(rubrics=[rubric(scale={"min": 1, "max": 5})]),
        "",
    ),
    Transition(
        "examples change",
        prompt_catalog(exampleSets=[example_set()]),
        prompt_catalog(exampleSets=[example_set(examples=[{"id": "a1", "input": "bye"}])]),
        "",
    ),
    Transition(
        "a chain's step asks another template",
        prompt_catalog(templates=[template(), template(version=2)], chains=[chain()]),
        prompt_catalog(
            templates=[template(), template(version=2)],
            chains=[chain(steps=[{"name": "first", "template": "triage@2"}])],
        ),
        CHAIN,
    ),
    Transition(
        "a chain's step gets a model",
        prompt_catalog(chains=[chain()]),
        prompt_catalog(chains=[chain(steps=[{"name": "first", "template": "triage@1", "model": {"name": "big"}}])]),
        CHAIN,
    ),
    Transition(
        "a label moves to a new chain",
        prompt_catalog(chains=[chain(labels=["live"])]),
        prompt_catalog(chains=[chain(), chain(version=2, labels=["live"])]),
        "",
    ),
    Transition("a run goes on to a chain", evaluation_run(), evaluation_run(template=None, chain="ticket@1"), ""),
    Transition("a run gets another template", evaluation_run(), evaluation_run(template="triage@2"), ""),
)
