"""FoundationModels that must be refused: what a person gets wrong about tasks and sources."""

from tests.crds.objects import at_provider, foundation_model
from tests.crds.rows import Refused

HF = {"repo": "Qwen/Qwen3-8B"}
PROVIDER = {"baseURL": "https://api.openai.com/v1", "model": "gpt-x"}
POD_FIELDS = {
    "engine": {"contextLength": 8192},
    "resources": {"limits": {"memory": "8Gi"}},
    "placement": {"nodeSelector": {"disk": "ssd"}},
    "cache": {"ephemeral": {"size": "40Gi"}},
    "startup": {"timeout": "5m"},
    "replicas": 1,
    "balancing": {"strategy": "LeastOutstanding"},
    "rollout": {"strategy": "Recreate"},
    "podTemplate": {"spec": {"hostNetwork": False}},
}
EXACTLY_ONE = "set exactly one of huggingFace, persistentVolumeClaim, provider or service"

ROWS = (
    Refused(
        "a model without a task",
        foundation_model(task=None),
        "spec.task",
        "Required value",
    ),
    Refused("a task that nobody knows", foundation_model(task="Talk"), "spec.task", 'supported values: "Chat"'),
    Refused("a model without a source", foundation_model(source=None), "spec.source", "Required value"),
    Refused("an empty source", foundation_model(source={}), "spec.source", EXACTLY_ONE),
    Refused(
        "two sources", foundation_model(source={"huggingFace": HF, "provider": PROVIDER}), "spec.source", EXACTLY_ONE
    ),
    Refused(
        "a repository with a space",
        foundation_model(source={"huggingFace": {"repo": "Qwen/Qwen3 8B"}}),
        "spec.source.huggingFace.repo",
        "must be a repository as owner/name",
    ),
    Refused(
        "an empty repository",
        foundation_model(source={"huggingFace": {"repo": ""}}),
        "spec.source.huggingFace.repo",
        "must be a repository as owner/name",
    ),
    Refused(
        "a repository given as a URL",
        foundation_model(source={"huggingFace": {"repo": "https://huggingface.co/Qwen/Qwen3-8B"}}),
        "spec.source.huggingFace.repo",
        "must be a repository as owner/name",
    ),
    Refused(
        "a revision that is an option",
        foundation_model(source={"huggingFace": {**HF, "revision": "--trust-remote-code"}}),
        "spec.source.huggingFace.revision",
        "must be a branch, tag or commit",
    ),
    Refused(
        "a token given by value",
        foundation_model(source={"huggingFace": {**HF, "token": "hf_abc"}}),
        "",
        'unknown field "spec.source.huggingFace.token"',
    ),
    Refused(
        "a token reference without a key",
        foundation_model(source={"huggingFace": {**HF, "tokenSecretRef": {"name": "hf"}}}),
        "spec.source.huggingFace.tokenSecretRef.key",
        "Required value",
    ),
    Refused(
        "a Secret's name in capitals",
        foundation_model(source={"huggingFace": {**HF, "tokenSecretRef": {"name": "HF", "key": "token"}}}),
        "spec.source.huggingFace.tokenSecretRef.name",
        "must be the name of an object",
    ),
    Refused(
        "a path out of the volume",
        foundation_model(source={"persistentVolumeClaim": {"claimName": "weights", "path": "a/../../etc"}}),
        "spec.source.persistentVolumeClaim",
        "path must stay inside the volume: remove the '..'",
    ),
    Refused(
        "an absolute path in a volume",
        foundation_model(source={"persistentVolumeClaim": {"claimName": "weights", "path": "/models"}}),
        "spec.source.persistentVolumeClaim.path",
        "must be a path inside the volume, without a '/' in front",
    ),
    Refused(
        "an empty path in a volume",
        foundation_model(source={"persistentVolumeClaim": {"claimName": "weights", "path": ""}}),
        "spec.source.persistentVolumeClaim.path",
        "must be a path inside the volume",
    ),
    Refused(
        "a path with a line break",
        foundation_model(source={"persistentVolumeClaim": {"claimName": "weights", "path": "models\nllama"}}),
        "spec.source.persistentVolumeClaim.path",
        "must be a path inside the volume",
    ),
    Refused(
        "a provider's URL with a password in it",
        at_provider(source={"provider": {**PROVIDER, "baseURL": "https://me:secret@api.example/v1"}}),
        "spec.source.provider.baseURL",
        "without user name, password, spaces, '?' or '#'",
    ),
    Refused(
        "a provider's URL without a scheme",
        at_provider(source={"provider": {**PROVIDER, "baseURL": "api.openai.com/v1"}}),
        "spec.source.provider.baseURL",
        "must be the root of an API such as https://host:8000/v1",
    ),
    Refused(
        "a provider's URL with a query",
        at_provider(source={"provider": {**PROVIDER, "baseURL": "https://api.openai.com/v1?key=abc"}}),
        "spec.source.provider.baseURL",
        "must be the root of an API",
    ),
    Refused(
        "a provider without a model",
        at_provider(source={"provider": {"baseURL": "https://api.openai.com/v1"}}),
        "spec.source.provider.model",
        "Required value",
    ),
    Refused(
        "a provider's dialect that nobody speaks",
        at_provider(source={"provider": {**PROVIDER, "api": "Esperanto"}}),
        "spec.source.provider.api",
        'supported values: "OpenAI"',
    ),
    Refused(
        "a version of the OpenAI API",
        at_provider(source={"provider": {**PROVIDER, "apiVersion": "2024-10-21"}}),
        "spec.source.provider",
        "apiVersion is for AzureOpenAI and Anthropic: remove it",
    ),
    Refused(
        "a version that is no date",
        at_provider(source={"provider": {**PROVIDER, "api": "Anthropic", "apiVersion": "v1"}}),
        "spec.source.provider.apiVersion",
        "must be a date such as 2024-10-21",
    ),
    Refused(
        "Azure OpenAI with a path",
        at_provider(
            source={"provider": {**PROVIDER, "api": "AzureOpenAI", "baseURL": "https://r.openai.azure.com/openai/v1"}}
        ),
        "spec.source.provider",
        "baseURL of AzureOpenAI is the resource's address, such as https://NAME.openai.azure.com: remove the path",
    ),
    Refused(
        "Anthropic without /v1",
        at_provider(source={"provider": {**PROVIDER, "api": "Anthropic", "baseURL": "https://api.anthropic.com"}}),
        "spec.source.provider",
        "baseURL of Anthropic ends with /v1, such as https://api.anthropic.com/v1",
    ),
    Refused(
        "an embedder of Anthropic's",
        at_provider(source={"provider": {**PROVIDER, "api": "Anthropic"}}, task="Embedding"),
        "spec",
        "Anthropic's API has chat and nothing else: use task Chat",
    ),
    Refused(
        "pictures of Azure OpenAI",
        at_provider(
            source={"provider": {**PROVIDER, "api": "AzureOpenAI", "baseURL": "https://r.openai.azure.com"}},
            task="Image",
        ),
        "spec",
        "AzureOpenAI can be asked for Chat, Completion, Embedding and Transcription: use one of these tasks",
    ),
    Refused(
        "a service whose URL ends in /v1",
        at_provider(source={"service": {"url": "http://llama.other.svc:8000/v1", "model": "llama"}}),
        "spec.source.service",
        "url is the root of the server: remove /v1 from it",
    ),
    Refused(
        "a service's model of spaces",
        at_provider(source={"service": {"url": "http://llama.other.svc:8000", "model": "  "}}),
        "spec.source.service.model",
        "must be the model's name there, without spaces",
    ),
    *(
        Refused(
            f"a provider with {field}",
            at_provider(**{field: value}),
            "spec",
            f"{field} is for pods, and a provider or service has none: remove {field}",
        )
        for field, value in POD_FIELDS.items()
    ),
    Refused(
        "a service with replicas",
        at_provider(source={"service": {"url": "http://llama.other.svc:8000", "model": "llama"}}, replicas=2),
        "spec",
        "replicas is for pods, and a provider or service has none: remove replicas",
    ),
    Refused(
        "an image model on the own engine",
        foundation_model(task="Image"),
        "spec",
        "the engine serves no Image or Speech model: use a provider or service as source",
    ),
)
