"""FoundationModels that must be refused: what a person gets wrong about the engine, its resources and its place."""

from typing import Any

from tests.crds.objects import Manifest, foundation_model
from tests.crds.rows import Refused

BEYOND = "must equal resources.accelerator.count"


def _engine(**fields: Any) -> Manifest:
    return foundation_model(engine=fields)


def _toleration(**fields: Any) -> Manifest:
    return foundation_model(placement={"tolerations": [fields]})


def _cut(accelerator: dict[str, Any] | None, **parallelism: int) -> Manifest:
    resources = {"accelerator": accelerator} if accelerator else None
    return foundation_model(engine={"parallelism": parallelism}, resources=resources)


ROWS = (
    Refused("an image with a space", _engine(image="vllm openai"), "spec.engine.image", "must be an image such as"),
    Refused(
        "an engine's context beyond the model's window",
        foundation_model(engine={"contextLength": 131072}, card={"contextWindow": 8192}),
        "spec",
        "engine.contextLength must not exceed card.contextWindow",
    ),
    Refused(
        "a context of zero tokens", _engine(contextLength=0), "spec.engine.contextLength", "greater than or equal to 1"
    ),
    Refused(
        "a context that is text", _engine(contextLength="8k"), "spec.engine.contextLength", "must be of type integer"
    ),
    Refused("a number format nobody knows", _engine(dtype="Float8"), "spec.engine.dtype", 'supported values: "Auto"'),
    Refused("no memory at all", _engine(memoryFraction="0.0"), "spec.engine.memoryFraction", "must be more than zero"),
    Refused(
        "more memory than there is",
        _engine(memoryFraction="1.5"),
        "spec.engine.memoryFraction",
        "must be a fraction from 0 to 1, such as 0.92",
    ),
    Refused(
        "a percentage of memory", _engine(memoryFraction="92%"), "spec.engine.memoryFraction", "must be a fraction"
    ),
    Refused(
        "two parts on one accelerator",
        _cut({"vendor": "Nvidia"}, tensor=2),
        "spec",
        f"engine.parallelism.tensor times engine.parallelism.pipeline {BEYOND}",
    ),
    Refused("too few parts for the accelerators", _cut({"vendor": "Nvidia", "count": 4}, tensor=2), "spec", BEYOND),
    Refused("parts without accelerators", _cut(None, tensor=2, pipeline=2), "spec", BEYOND),
    Refused(
        "parallelism of zero",
        _cut({"vendor": "Nvidia"}, tensor=0),
        "spec.engine.parallelism.tensor",
        "greater than or equal to 1",
    ),
    Refused(
        "tool calling for an embedder",
        foundation_model(task="Embedding", engine={"toolCalling": {"parser": "hermes"}}),
        "spec",
        "engine.toolCalling needs task Chat",
    ),
    Refused(
        "reasoning for an embedder",
        foundation_model(task="Embedding", engine={"reasoning": {"parser": "qwen3"}}),
        "spec",
        "engine.reasoning needs task Chat",
    ),
    Refused(
        "a chat template for an embedder",
        foundation_model(
            task="Embedding", engine={"chatTemplate": {"configMapKeyRef": {"name": "chat", "key": "template"}}}
        ),
        "spec",
        "engine.chatTemplate needs task Chat",
    ),
    Refused(
        "a parser with an option in it",
        _engine(toolCalling={"parser": "hermes --seed 1"}),
        "spec.engine.toolCalling.parser",
        "must be a name that the engine knows",
    ),
    Refused(
        "arguments that start with a model",
        _engine(extraArgs=["Qwen/Qwen3-8B"]),
        "spec.engine",
        "extraArgs must start with a flag such as --seed",
    ),
    Refused(
        "an empty argument", _engine(extraArgs=["--seed", ""]), "spec.engine.extraArgs[1]", "at least 1 chars long"
    ),
    Refused(
        "too many arguments",
        _engine(extraArgs=["--seed"] * 65),
        "spec.engine.extraArgs",
        "must have at most 64 items",
    ),
    Refused(
        "a variable's name with a dash",
        _engine(env=[{"name": "HF-HOME", "value": "/cache"}]),
        "spec.engine.env[0].name",
        "must be letters, digits and '_', not starting with a digit",
    ),
    Refused(
        "the same variable twice",
        _engine(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
        "spec.engine.env[1]",
        "Duplicate value",
    ),
    Refused(
        "a variable without a value", _engine(env=[{"name": "A"}]), "spec.engine.env[0]", "exactly one of value or"
    ),
    Refused(
        "a variable with a value and a source",
        _engine(env=[{"name": "A", "value": "1", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
        "spec.engine.env[0]",
        "set exactly one of value or valueFrom",
    ),
    Refused(
        "a variable from nowhere",
        _engine(env=[{"name": "A", "valueFrom": {}}]),
        "spec.engine.env[0].valueFrom",
        "set exactly one of secretKeyRef or configMapKeyRef",
    ),
    Refused(
        "the CPU with a count",
        foundation_model(resources={"accelerator": {"vendor": "None", "count": 2}}),
        "spec.resources.accelerator",
        "vendor None is the CPU: remove count, memory and product, or name the vendor",
    ),
    Refused(
        "an accelerator nobody makes",
        foundation_model(resources={"accelerator": {"vendor": "nvidia"}}),
        "spec.resources.accelerator.vendor",
        'supported values: "Nvidia"',
    ),
    Refused(
        "a memory size in words",
        foundation_model(resources={"accelerator": {"vendor": "Nvidia", "memory": "24 GB"}}),
        "spec.resources.accelerator.memory",
        "must be a quantity such as 24Gi, 500m or 2",
    ),
    Refused(
        "an accelerator without memory",
        foundation_model(resources={"accelerator": {"vendor": "Nvidia", "memory": "0Gi"}}),
        "spec.resources.accelerator.memory",
        "must be more than zero",
    ),
    Refused(
        "a product with a space",
        foundation_model(resources={"accelerator": {"vendor": "Nvidia", "product": "NVIDIA L4"}}),
        "spec.resources.accelerator.product",
        "must be a label value",
    ),
    Refused(
        "a request above its limit",
        foundation_model(resources={"requests": {"memory": "9Gi"}, "limits": {"memory": "8Gi"}}),
        "spec.resources",
        "a request must not exceed the limit of the same resource",
    ),
    Refused(
        "accelerators among the limits",
        foundation_model(resources={"limits": {"nvidia.com/gpu": 1}}),
        "spec.resources",
        "accelerators are asked for by accelerator.count: remove them from limits",
    ),
    Refused(
        "accelerators among the requests",
        foundation_model(resources={"requests": {"amd.com/gpu": "1"}}),
        "spec.resources",
        "accelerators are asked for by accelerator.count: remove them from requests",
    ),
    Refused(
        "a resource's name with a space",
        foundation_model(resources={"limits": {"my cpu": "1"}}),
        "spec.resources.limits",
        "each key must be a label key",
    ),
    Refused(
        "a negative number of cores",
        foundation_model(resources={"limits": {"cpu": -1}}),
        "spec.resources.limits.cpu",
        "greater than or equal to 0",
    ),
    Refused(
        "half a core as a number",
        foundation_model(resources={"limits": {"cpu": 0.5}}),
        "spec.resources.limits.cpu",
        "must be of type",
    ),
    Refused(
        "an unknown unit",
        foundation_model(resources={"limits": {"memory": "8gb"}}),
        "spec.resources.limits[memory]",
        "must be a quantity such as 24Gi, 500m or 2",
    ),
    Refused(
        "a toleration of everything by Equal",
        _toleration(value="x"),
        "spec.placement.tolerations[0]",
        "needs operator Exists",
    ),
    Refused(
        "a toleration that exists with a value",
        _toleration(key="gpu", operator="Exists", value="x"),
        "spec.placement.tolerations[0]",
        "operator Exists looks at no value: remove value, or use Equal",
    ),
    Refused(
        "a tolerated time without NoExecute",
        _toleration(key="gpu", operator="Exists", effect="NoSchedule", tolerationSeconds=30),
        "spec.placement.tolerations[0]",
        "tolerationSeconds needs effect NoExecute",
    ),
    Refused(
        "an effect nobody knows",
        _toleration(key="gpu", operator="Exists", effect="NoRun"),
        "spec.placement.tolerations[0].effect",
        'supported values: "NoSchedule"',
    ),
    Refused(
        "a node label with a space in its value",
        foundation_model(placement={"nodeSelector": {"zone": "eu west"}}),
        "spec.placement.nodeSelector[zone]",
        "must be a label value",
    ),
    Refused(
        "a node label's key in two parts",
        foundation_model(placement={"nodeSelector": {"a/b/c": "d"}}),
        "spec.placement.nodeSelector",
        "each key must be a label key such as",
    ),
    Refused(
        "a cache of both kinds",
        foundation_model(cache={"ephemeral": {"size": "1Gi"}, "persistentVolumeClaim": {"claimName": "c"}}),
        "spec.cache",
        "set exactly one of persistentVolumeClaim or ephemeral",
    ),
    Refused("a cache of no kind", foundation_model(cache={}), "spec.cache", "set exactly one of"),
    Refused(
        "a cache without room",
        foundation_model(cache={"ephemeral": {"size": "0"}}),
        "spec.cache.ephemeral.size",
        "must be more than zero",
    ),
    Refused(
        "a start in no time", foundation_model(startup={"timeout": "0s"}), "spec.startup.timeout", "more than zero"
    ),
    Refused(
        "a start in five words",
        foundation_model(startup={"timeout": "5 minutes"}),
        "spec.startup.timeout",
        "must be a duration such as 500ms, 30s, 2h or 1h30m",
    ),
    Refused(
        "a start in a week",
        foundation_model(startup={"timeout": "168h"}),
        "spec.startup",
        "timeout must be at most 24h",
    ),
    Refused("fewer than no replicas", foundation_model(replicas=-1), "spec.replicas", "greater than or equal to 0"),
    Refused("half a replica", foundation_model(replicas=1.5), "spec.replicas", "must be of type integer"),
    Refused("too many replicas", foundation_model(replicas=1001), "spec.replicas", "less than or equal to 1000"),
    Refused(
        "a rollout that has not landed",
        foundation_model(rollout={"strategy": "Gated"}),
        "spec.rollout.strategy",
        'supported values: "RollingUpdate", "Recreate"',
    ),
    Refused(
        "a field that has not landed",
        foundation_model(scaling={"maxReplicas": 4}),
        "",
        'unknown field "spec.scaling"',
    ),
)
