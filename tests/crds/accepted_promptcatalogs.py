"""PromptCatalogs that must be accepted and read back as they were given."""

from typing import Any

from tests.crds.objects import Manifest, example_set, prompt_catalog, rubric, template
from tests.crds.rows import Accepted

LIMIT = 65536
LABELS = [[f"l{n}-{m}" for m in range(4)] for n in range(64)]
UNICODE = "Größe 😀 \u200f مرحبا 你好 e\u0301"


def _set_of(count: int, **fields: Any) -> Manifest:
    return prompt_catalog(exampleSets=[example_set(examples=[{"id": f"a{n}", **fields} for n in range(count)])])


ROWS = (
    Accepted("the smallest PromptCatalog", prompt_catalog()),
    Accepted(
        "a PromptCatalog with every field",
        prompt_catalog(
            sources=[
                {"name": "golden", "configMap": {"name": "golden", "key": "examples.jsonl"}},
                {
                    "name": "big",
                    "objectStore": {
                        "uri": "s3://evals/v3/support.jsonl",
                        "endpoint": "http://minio.storage.svc:9000",
                        "region": "eu-central-1",
                        "credentialsSecretRef": {"name": "s3"},
                    },
                    "refreshInterval": "1h",
                },
                {"name": "disk", "persistentVolumeClaim": {"claimName": "evals", "path": "v3/..examples.jsonl"}},
                {"name": "google", "objectStore": {"uri": "gs://evals/a"}, "refreshInterval": "60000ms"},
            ],
            templates=[
                template(
                    labels=["production", "v1-final"],
                    messages=[
                        {"role": "System", "content": UNICODE},
                        {
                            "role": "User",
                            "content": "{{ a }}\n\n\t{% if b %}{{ b }}{% endif %}\u0000".replace("\u0000", ""),
                        },
                        {"role": "Assistant", "content": " "},
                    ],
                    variables=[
                        {"name": "a", "type": "String", "required": True, "maxLength": 20000, "trust": "User"},
                        {"name": "b", "type": "List", "required": False, "trust": "System"},
                    ],
                    generation={"temperature": "0", "topP": "0.9", "maxTokens": 512, "stop": ["\n"], "seed": 7},
                ),
                template(version=2, labels=["staging"]),
                template(name="other", labels=["production"]),
            ],
            rubrics=[rubric(scale={"min": 1, "max": 5}), rubric(version=2)],
            exampleSets=[
                {"name": "golden", "source": "golden", "split": "Test", "language": "en", "labels": ["a b", "ö"]},
                example_set(split="Dev"),
            ],
        ),
    ),
    Accepted("a catalogue of rubrics only", prompt_catalog(templates=None, rubrics=[rubric()])),
    Accepted(
        "a rubric from 0 to 100 with anchors between",
        prompt_catalog(
            rubrics=[
                rubric(
                    criteria=[{"name": "c", "description": "?", "anchors": {"0": "a", "50": "b", "100": "c"}}],
                    scale={"min": 0, "max": 100},
                )
            ]
        ),
    ),
    Accepted(
        "empty input, empty references and an empty list of tags",
        _set_of(1, input="", references=["", UNICODE], tags=[]),
    ),
    Accepted(
        "variables of any JSON value",
        _set_of(1, variables={"text": UNICODE, "empty": "", "list": [1, 2.5, "x", True, {"deep": []}], "größe": -1}),
    ),
    Accepted("five hundred examples", _set_of(500, input="x" * 90, label="a", references=["y"], tags=["t"])),
    Accepted(
        "exactly 64 KiB in one message",
        prompt_catalog(templates=[template(messages=[{"role": "User", "content": "x" * LIMIT}])]),
    ),
    Accepted(
        "exactly 64 Ki characters of four bytes in all",
        prompt_catalog(
            templates=[template(messages=[{"role": "User", "content": "😀" * (LIMIT // 2)}])],
            exampleSets=[example_set(examples=[{"id": "a1", "input": "é" * (LIMIT // 2)}])],
        ),
    ),
    Accepted(
        "sixty-four templates, each with four labels",
        prompt_catalog(templates=[template(version=n + 1, labels=LABELS[n]) for n in range(64)]),
    ),
    Accepted(
        "an answer that people scored",
        prompt_catalog(
            exampleSets=[
                example_set(
                    examples=[{"id": "a", "input": UNICODE, "judgement": {"output": "", "scores": {"detail": 0}}}]
                )
            ]
        ),
    ),
    Accepted(
        "the same label on templates of two names, and on two versions in turn",
        prompt_catalog(
            templates=[
                template(labels=["production", "v1"]),
                template(version=2, labels=["staging", "v2"]),
                template(name="other", labels=["production", "staging"]),
            ]
        ),
    ),
    Accepted(
        "thirty-two sets from sixteen sources",
        prompt_catalog(
            templates=None,
            sources=[{"name": f"s{n}", "configMap": {"name": f"c{n}", "key": "examples.jsonl"}} for n in range(16)],
            exampleSets=[{"name": f"e{n}", "source": f"s{n % 16}"} for n in range(32)],
        ),
    ),
)
