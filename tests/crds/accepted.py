"""Objects that must be accepted and read back unchanged, apart from declared defaults."""

from typing import Any

from tests.crds.objects import (
    Manifest,
    at_provider,
    evaluation_run,
    example_set,
    foundation_model,
    gate,
    judge,
    prompt_catalog,
    rubric,
    template,
)
from tests.crds.rows import Accepted

LIMIT = 65536
LABELS = [[f"l{n}-{m}" for m in range(4)] for n in range(64)]
UNICODE = "Größe 😀 \u200f مرحبا 你好 e\u0301"
CARD = {
    "family": "llama",
    "license": {"spdx": "llama3.1", "url": "https://example.org/licence?v=1", "commercialUse": "Restricted"},
    "openness": "OpenWeights",
    "parameters": "8.03B",
    "contextWindow": 131072,
    "languages": ["en", "de", "pt-BR", "zh-Hant"],
    "trainingData": [{"name": UNICODE, "cutoff": "2023-12", "notes": UNICODE}, {"name": "web", "cutoff": "2024"}],
    "fineTuning": ["LoRA", "Full"],
    "skills": {"teamFamiliarity": "0.8", "notes": "two years"},
    "pricing": {"perAcceleratorHour": "2.50", "currency": "EUR"},
}
ENGINE = {
    "image": "registry.example:5000/vllm/vllm-openai@sha256:" + "0" * 64,
    "contextLength": 8192,
    "dtype": "BFloat16",
    "quantization": "fp8",
    "parallelism": {"tensor": 2, "pipeline": 2},
    "memoryFraction": "0.92",
    "maxConcurrentSequences": 256,
    "maxQueuedRequests": 512,
    "chatTemplate": {"configMapKeyRef": {"name": "chat", "key": "template.jinja"}},
    "toolCalling": {"parser": "llama3_json"},
    "reasoning": {"parser": "deepseek_r1"},
    "extraArgs": ["--seed", "7", "--override-generation-config={}"],
    "env": [
        {"name": "PLAIN", "value": ""},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "MAP", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k.v_w"}}},
    ],
}
PLACEMENT = {
    "nodeSelector": {"topology.kubernetes.io/zone": "eu-west", "gpu": ""},
    "tolerations": [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
        {"key": "team", "value": "support"},
    ],
    "runtimeClassName": "nvidia",
    "priorityClassName": "system-cluster-critical",
    "affinity": {"nodeAffinity": {"anything": [1, {"is": ["kept", 2.5, True]}]}},
}


def _set_of(count: int, **fields: Any) -> Manifest:
    return prompt_catalog(exampleSets=[example_set(examples=[{"id": f"a{n}", **fields} for n in range(count)])])


ROWS = (
    Accepted("the smallest FoundationModel", foundation_model()),
    Accepted(
        "a FoundationModel with every field",
        foundation_model(
            source={
                "huggingFace": {
                    "repo": "meta-llama/Llama-3.1-8B-Instruct",
                    "revision": "refs/pr/1",
                    "tokenSecretRef": {"name": "hf.co", "key": "TOKEN_1"},
                }
            },
            card=CARD,
            engine=ENGINE,
            resources={
                "accelerator": {"vendor": "Nvidia", "count": 4, "memory": "24Gi", "product": "NVIDIA-L4"},
                "requests": {"cpu": 2, "memory": "8Gi", "ephemeral-storage": "1.5Gi"},
                "limits": {"cpu": "2500m", "memory": "16Gi"},
            },
            placement=PLACEMENT,
            cache={"persistentVolumeClaim": {"claimName": "hf-cache"}},
            startup={"timeout": "1h30m"},
            replicas=0,
            rollout={"strategy": "Recreate"},
            podTemplate={"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "engine", "x": None}]}},
        ),
    ),
    Accepted("a model on the CPU", foundation_model(resources={"accelerator": {"vendor": "None"}})),
    Accepted(
        "a model on two CPU sockets",
        foundation_model(engine={"parallelism": {"tensor": 2}}, resources={"accelerator": {"vendor": "None"}}),
    ),
    Accepted("an engine of defaults", foundation_model(engine={}, resources={}, placement={}, startup={})),
    Accepted("an empty pod template", foundation_model(podTemplate={})),
    Accepted("no arguments", foundation_model(engine={"extraArgs": [], "env": []})),
    Accepted(
        "weights at the root of a volume",
        foundation_model(source={"persistentVolumeClaim": {"claimName": "weights"}}),
    ),
    Accepted(
        "weights in a folder with dots and spaces",
        foundation_model(source={"persistentVolumeClaim": {"claimName": "weights", "path": "v1..2/größe/a b/"}}),
    ),
    Accepted("a provider's Image model", at_provider(task="Image")),
    Accepted(
        "a provider with a key and prices",
        at_provider(
            source={
                "provider": {
                    "api": "OpenAI",
                    "baseURL": "https://[2001:db8::1]:8443/openai/v1/",
                    "model": "openai/gpt-x:2026-01-01",
                    "apiKeySecretRef": {"name": "openai", "key": "key"},
                }
            },
            card={"pricing": {"inputPerMillionTokens": "0", "outputPerMillionTokens": "10.00"}},
        ),
    ),
    Accepted(
        "a service inside the cluster",
        foundation_model(source={"service": {"url": "http://llama.other-ns.svc:8000", "model": "llama"}}),
    ),
    Accepted("half a memory", foundation_model(engine={"memoryFraction": "0.5"}, card={})),
    Accepted("the longest start", foundation_model(startup={"timeout": "24h"})),
    Accepted(
        "sixty-four arguments and variables",
        foundation_model(
            engine={"extraArgs": ["-" * 4096] * 64, "env": [{"name": f"A{n}", "value": "x" * 4096} for n in range(64)]}
        ),
    ),
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
        "sixty-four templates, every eighth with four labels",
        prompt_catalog(
            templates=[template(version=n + 1, labels=LABELS[n] if n % 8 == 0 else None) for n in range(64)]
        ),
    ),
    Accepted("the smallest EvaluationRun", evaluation_run()),
    Accepted(
        "an EvaluationRun with every field",
        evaluation_run(
            candidates={"models": [{"name": "model"}, {"name": "gpt-x.v1"}]},
            template="triage@production",
            examples={
                "sets": ["golden", "smoke"],
                "split": "Test",
                "limit": 500,
                "sample": {"strategy": "Stratified", "seed": 7},
            },
            metrics=[
                {"name": "f1", "type": "Classification", "average": "Weighted"},
                {"name": "exact", "type": "ExactMatch", "normalize": "Squad"},
                {"name": "latency", "type": "Latency"},
            ],
            gates=[
                gate(bound="Lower", confidence="0.95"),
                gate(metric="f1.recall", value="1.0"),
                gate(metric="exact", value="0"),
                gate(metric="latency.timeToFirstToken.p95", op="AtMost", value="12.5", bound="Upper", confidence="0.9"),
                gate(metric="coverage", value="0.98"),
                gate(metric="errors", op="AtMost", value="0.02"),
                gate(metric="exact", against="Baseline", value="-0.01", bound="Lower"),
                gate(metric="errors", against="Baseline", op="AtMost", value="0"),
            ],
            baseline={"name": "gpt-x.v1", "nullControl": True},
            repeats=3,
            execution={
                "maxErrorFraction": "0.02",
                "parallelism": 2,
                "maxInFlight": 64,
                "attemptTimeout": "90s500ms",
                "runTimeout": "720h",
                "retries": 0,
                "suspend": True,
                "queueName": "evaluations",
                "cache": "Enabled",
                "budget": {"tokens": 2000000, "cost": "20"},
                "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 1, "memory": "1Gi"}},
            },
            sink={"persistentVolumeClaim": {"claimName": "rows", "path": "team a/2026"}},
            historyLimit=0,
        ),
    ),
    Accepted(
        "a run that is measured again on Mondays and grows old",
        evaluation_run(
            rerun={
                "onInputChange": False,
                "schedule": "*/5,7 3-5 * jan-mar MON",
                "timeZone": "America/Argentina/Buenos_Aires",
                "maxAge": "720h",
            }
        ),
    ),
    Accepted(
        "candidates by their labels and cards",
        evaluation_run(
            candidates={
                "selector": {
                    "matchLabels": {"fmops.dev/shortlist": "support", "team": ""},
                    "matchExpressions": [
                        {"key": "tier", "operator": "NotIn", "values": ["trial", "old"]},
                        {"key": "checked", "operator": "Exists"},
                    ],
                },
                "constraints": ["card.license.commercialUse == 'Allowed'", "card.languages.exists(l, l == 'de')"],
            }
        ),
    ),
    Accepted(
        "a choice by priorities, down to what only the card knows",
        evaluation_run(
            selection={
                "strategy": "Lexicographic",
                "criteria": [
                    {"metric": "f1.recall", "goal": "Maximize", "priority": 7, "tolerance": "0"},
                    {"metric": "errors", "goal": "Minimize", "priority": 0, "tolerance": "0.02"},
                    {"metric": "card.pricing.outputPerMillionTokens", "goal": "Minimize", "priority": 31},
                ],
            }
        ),
    ),
    Accepted(
        "a choice by points, one of which goes down",
        evaluation_run(
            selection={
                "strategy": "Weighted",
                "criteria": [
                    {"metric": "f1", "goal": "Maximize", "weight": "3", "scale": {"worst": "-1", "best": "1"}},
                    {
                        "metric": "card.parameters",
                        "goal": "Minimize",
                        "weight": "0.5",
                        "scale": {"worst": "70", "best": "0"},
                    },
                ],
            }
        ),
    ),
    Accepted(
        "a front of as many criteria as there may be",
        evaluation_run(
            metrics=[{"name": f"f{n}", "type": "Classification"} for n in range(8)],
            selection={
                "strategy": "Pareto",
                "criteria": [{"metric": f"f{n}.recall", "goal": "Maximize"} for n in range(8)],
            },
        ),
    ),
    Accepted(
        "judges, a jury, and gates on both",
        evaluation_run(
            judges=[
                judge(name="first", mode="Pointwise", scoring="Expected", seed=0, maxTokens=2048),
                judge(name="second", calibration={"sets": ["people"], "minKappa": "0.61", "weights": "None"}),
            ],
            juries=[{"name": "panel", "judges": ["first", "second"]}],
            gates=[
                gate(metric="first", value="3.5", bound="Lower"),
                gate(metric="second.level-of-detail", value="4"),
                gate(metric="panel.helpfulness.alpha", value="0.66"),
            ],
        ),
    ),
    Accepted(
        "judges that compare with the baseline, their jury, gates on both and a choice, beside one that scores",
        evaluation_run(
            candidates={"models": [{"name": "model"}, {"name": "base"}]},
            baseline={"name": "base"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            template=None,
            chain="reply@1",
            judges=[
                judge(name="duel", mode="Pairwise", scoring="Verdict"),
                judge(name="second", mode="Pairwise"),
                judge(name="general"),
            ],
            juries=[{"name": "panel", "judges": ["duel", "second"]}],
            gates=[
                gate(metric="duel", value="0.5", bound="Lower", against="Baseline"),
                gate(metric="duel.positionFlipRate", value="0.2", op="AtMost", against="Baseline"),
                gate(metric="panel.losses", value="0.3", op="AtMost", against="Baseline"),
                gate(metric="panel.alpha", value="-0.1", against="Baseline"),
                gate(metric="general", value="3.5"),
            ],
            selection={
                "criteria": [
                    {"metric": "duel", "goal": "Maximize", "priority": 0},
                    {"metric": "general.helpfulness", "goal": "Maximize", "priority": 1},
                ]
            },
        ),
    ),
    Accepted(
        "a choice by a judge, a jury and their parts, of what a chain answers",
        evaluation_run(
            template=None,
            chain="reply@1",
            judges=[judge(name="first"), judge(name="second")],
            juries=[{"name": "panel", "judges": ["first", "second"]}],
            selection={
                "strategy": "Pareto",
                "criteria": [
                    {"metric": metric, "goal": "Maximize"}
                    for metric in ("first", "second.level-of-detail", "panel", "panel.helpfulness.alpha", "coverage")
                ],
            },
        ),
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
    Accepted("no gates", evaluation_run(gates=[])),
    Accepted(
        "a sink in a store that speaks the API of S3",
        evaluation_run(
            sink={
                "objectStore": {
                    "uri": "s3://lake/team-a/evaluations/",
                    "endpoint": "http://minio.storage.svc:9000",
                    "region": "eu-central-1",
                    "credentialsSecretRef": {"name": "s3"},
                }
            }
        ),
    ),
    Accepted("a sink at Google", evaluation_run(sink={"objectStore": {"uri": "gs://lake"}})),
    Accepted("a sink at Azure", evaluation_run(sink={"objectStore": {"uri": "az://lake/fmops"}})),
    Accepted(
        "gates against the baseline on every scale, and criteria of every kind of figure",
        evaluation_run(
            candidates={"models": [{"name": "model"}, {"name": "small"}]},
            baseline={"name": "small"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            metrics=[
                {"name": "rougeL", "type": "Rouge"},
                {"name": "bleu", "type": "Bleu"},
                {"name": "wer", "type": "WordErrorRate"},
                {"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}},
                {"name": "length", "type": "Length", "unit": "Words"},
            ],
            gates=[
                gate(metric="similarity", against="Baseline", value="-1.25"),
                gate(metric="rougeL.precision", against="Baseline", value="-0.02"),
                gate(metric="bleu", against="Baseline", value="-1.5"),
                gate(metric="wer", against="Baseline", op="AtMost", value="1.2"),
                gate(metric="length.p95", against="Baseline", op="AtMost", value="-40"),
                gate(metric="truncated", against="Baseline", op="AtMost", value="0.01"),
            ],
            selection={
                "criteria": [
                    {"metric": "bleu", "goal": "Maximize", "priority": 0, "tolerance": "0.5"},
                    {"metric": "length.p50", "goal": "Minimize", "priority": 1},
                    {"metric": "truncated", "goal": "Minimize", "priority": 2},
                ]
            },
        ),
    ),
    Accepted(
        "an EvaluationRun with a ladder of loads, and gates and a choice by its figures",
        evaluation_run(
            performance={"concurrency": [8, 1, 32], "requests": 200, "warmup": 0},
            gates=[
                gate(metric="throughput.outputTokens.c32", value="1500.5", bound="Lower"),
                gate(metric="latency.request.p95.c8", op="AtMost", value="2.5", bound="Upper"),
            ],
            selection={"criteria": [{"metric": "throughput.requests.c8", "goal": "Maximize", "priority": 0}]},
        ),
    ),
    Accepted(
        "an EvaluationRun with prices of its own, and cost in gates and the choice",
        evaluation_run(
            metrics=[{"name": "f1", "type": "Classification"}, {"name": "cost", "type": "Cost"}],
            prices={"configMap": {"name": "prices", "key": "2026.yaml"}},
            gates=[gate(metric="cost", op="AtMost", bound="Upper", value="1.25")],
            selection={"criteria": [{"metric": "cost", "goal": "Minimize", "priority": 0, "tolerance": "0.001"}]},
        ),
    ),
    Accepted(
        "an EvaluationRun with every metric, and gates on every scale",
        evaluation_run(
            metrics=[
                {"name": "exact", "type": "ExactMatch", "normalize": "Multilingual"},
                {"name": "number", "type": "Numeric", "tolerance": {"absolute": "0.5", "relative": "0.01"}},
                {"name": "pattern", "type": "Regex", "pattern": r"(?i)^\s*(yes|no)\b"},
                {
                    "name": "form",
                    "type": "JsonSchema",
                    "schema": {"type": "object", "properties": {"a": {"const": 1.5}}},
                },
                {"name": "f1", "type": "Classification"},
                {"name": "tokens", "type": "TokenF1", "normalize": "Squad"},
                {"name": "rougeL", "type": "Rouge", "variant": "L", "stemmer": "Porter"},
                {"name": "rouge1", "type": "Rouge", "variant": "1"},
                {"name": "bleu", "type": "Bleu", "tokenizer": "13a"},
                {"name": "chrf", "type": "Chrf", "wordOrder": 2},
                {"name": "wer", "type": "WordErrorRate", "normalize": "Words"},
                {"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}},
                {"name": "length", "type": "Length", "unit": "Tokens"},
                {"name": "refusal", "type": "Refusal"},
                {"name": "toxic", "type": "Toxicity", "threshold": "0.5"},
                {"name": "latency", "type": "Latency"},
            ],
            slices=["Tag", "Language"],
            gates=[
                gate(metric="number", value="0.8"),
                gate(metric="form.parsed", value="1"),
                gate(metric="rougeL.recall", value="0.3"),
                gate(metric="toxic", op="AtMost", value="0.01", bound="Upper"),
                gate(metric="toxic.mean", op="AtMost", value="0.1"),
                gate(metric="bleu", value="23.5", bound="Lower"),
                gate(metric="chrf", value="100.0"),
                gate(metric="wer", op="AtMost", value="1.5"),
                gate(metric="similarity", value="-0.2", bound="Lower"),
                gate(metric="length.p95", op="AtMost", value="400"),
                gate(metric="length", op="AtMost", value="250.5"),
                gate(metric="latency.betweenTokens.p99", op="AtMost", value="0.08"),
                gate(metric="truncated", op="AtMost", value="0.01"),
            ],
        ),
    ),
    Accepted("an attempt as long as its run", evaluation_run(execution={"attemptTimeout": "60m", "runTimeout": "1h"})),
    Accepted(
        "twenty candidates and sixteen gates",
        evaluation_run(
            candidates={"models": [{"name": f"m{n}"} for n in range(20)]},
            gates=[gate(value=f"0.{n}") for n in range(16)],
        ),
    ),
    Accepted(
        "explicit nulls, which are as if they were not there",
        foundation_model(engine={"image": None, "dtype": None, "contextLength": 4096}),
    ),
    Accepted(
        "a context as long as the window",
        foundation_model(engine={"contextLength": 8192}, card={"contextWindow": 8192}),
    ),
    Accepted("a thousand replicas", foundation_model(replicas=1000)),
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
    Accepted(
        "a reference to the longest name",
        evaluation_run(template="t" * 63 + "@" + "p" * 63, catalog={"name": "c" * 253}),
    ),
    Accepted(
        "a gate in seconds beyond one",
        evaluation_run(
            metrics=[{"name": "latency", "type": "Latency"}],
            gates=[gate(metric="latency.request.p50", op="AtMost", value="30")],
        ),
    ),
)
