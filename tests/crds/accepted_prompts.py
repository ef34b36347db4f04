"""Shapes, variants and chains of prompts that must be accepted and read back as they were given."""

from tests.crds.objects import chain, evaluation_run, example_set, prompt_catalog, template
from tests.crds.rows import Accepted

ROWS = (
    Accepted(
        "eight templates, each with eight variants of two messages",
        prompt_catalog(
            templates=[
                template(
                    version=n + 1,
                    variants=[
                        {
                            "selector": {"family": f"f{m}"},
                            "messages": [{"role": role, "content": "{{ input }}"} for role in ("System", "User")],
                        }
                        for m in range(8)
                    ],
                )
                for n in range(8)
            ]
        ),
    ),
    Accepted(
        "chains by version and by label, with inputs and a model",
        prompt_catalog(
            templates=[template(labels=["live"]), template(version=2)],
            chains=[
                chain(
                    labels=["production"],
                    steps=[
                        {"name": "a-1", "template": "triage@live", "model": {"name": "big.v1"}},
                        {
                            "name": "b",
                            "template": "triage@2",
                            "inputs": {
                                "input": "{größe}\n{{steps.a-1.output}}{{  steps.a-1.output }} %} { {",
                                "b": "x",
                            },
                        },
                    ],
                ),
                chain(version=2),
            ],
        ),
    ),
    Accepted(
        "sixteen chains of eight steps on eight templates with four labels",
        prompt_catalog(
            templates=[template(version=n + 1, labels=[f"l{n}-{m}" for m in range(4)]) for n in range(8)],
            chains=[
                chain(version=c + 1, steps=[{"name": f"s{n}", "template": f"triage@l{n}-3"} for n in range(8)])
                for c in range(16)
            ],
        ),
    ),
    Accepted("a run of a chain", evaluation_run(template=None, chain="ticket@production")),
    Accepted(
        "an answer's shape with words of its own",
        prompt_catalog(
            templates=[
                template(
                    outputSchema={
                        "$schema": "https://json-schema.org/draft/2020-12/schema",
                        "type": "object",
                        "properties": {"größe": {"enum": ["a", 1, 0.5, True, None]}, "labels": {"$ref": "#/$defs/x"}},
                        "$defs": {"x": {"type": ["string", "null"], "default": None, "examples": ["b", "a"]}},
                        "additionalProperties": False,
                    }
                )
            ]
        ),
    ),
    Accepted(
        "examples with polarity and provenance",
        prompt_catalog(
            exampleSets=[
                example_set(
                    examples=[
                        {"id": "a", "input": "x", "references": ["bad"], "polarity": "Negative"},
                        {
                            "id": "b",
                            "input": "x",
                            "polarity": "Positive",
                            "provenance": {"kind": "Import", "by": "MMLU", "at": "2026-11-25", "reference": "row 7"},
                        },
                    ]
                )
            ]
        ),
    ),
    Accepted(
        "a run on examples of people only",
        evaluation_run(examples={"sets": ["golden"], "provenance": ["Human", "Import"]}),
    ),
)
