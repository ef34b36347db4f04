"""FoundationModels that must be accepted and read back unchanged, apart from declared defaults."""

from tests.crds.objects import at_provider, foundation_model
from tests.crds.rows import Accepted

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
            balancing={"strategy": "PrefixAffinity", "prefixLength": 4096, "meanLoadFactor": 175},
            rollout={"strategy": "Recreate"},
            podTemplate={"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "engine", "x": None}]}},
        ),
    ),
    Accepted("pods by their load", foundation_model(task="Embedding", balancing={"strategy": "LeastOutstanding"})),
    Accepted("pods by the beginning of prompts", foundation_model(balancing={"strategy": "PrefixAffinity"})),
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
        "a deployment at Azure OpenAI",
        at_provider(
            source={
                "provider": {
                    "api": "AzureOpenAI",
                    "baseURL": "https://res.openai.azure.com",
                    "apiVersion": "2025-04-01-preview",
                    "model": "gpt-x",
                }
            },
            task="Embedding",
        ),
    ),
    Accepted(
        "a model of Anthropic's",
        at_provider(
            source={"provider": {"api": "Anthropic", "baseURL": "https://api.anthropic.com/v1/", "model": "claude-x"}}
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
    Accepted(
        "explicit nulls, which are as if they were not there",
        foundation_model(engine={"image": None, "dtype": None, "contextLength": 4096}),
    ),
    Accepted(
        "a context as long as the window",
        foundation_model(engine={"contextLength": 8192}, card={"contextWindow": 8192}),
    ),
    Accepted("a thousand replicas", foundation_model(replicas=1000)),
)
