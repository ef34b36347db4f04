"""The smallest requests to providers that speak no plain OpenAI API, and what their answers look like: pure."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from fmops_api.foundationmodel import Task
from fmops_api.sources import ProviderApi
from fmops_operator.fetching import Question, Reply
from fmops_operator.probe_questions import first_question, is_answer
from fmops_operator.world import Spoken

_ANTHROPIC_VERSION = "2023-06-01"
"""What is spoken where the provider names no version; the gateway's own choice."""


def name_question(url: str, model: str, api_key: str | None, spoken: Spoken) -> Question | None:
    """Ask for the model by name; None at Azure OpenAI, which lists models and no deployments."""
    match spoken.api:
        case ProviderApi.ANTHROPIC:
            return Question(f"{url}/models/{quote(model, safe='')}", headers=_anthropic_headers(api_key, spoken))
        case ProviderApi.AZURE_OPENAI:
            return None
        case ProviderApi.OPENAI:
            return Question(f"{url}/models", api_key)


def task_question(url: str, model: str, task: Task, api_key: str | None, spoken: Spoken) -> Question:
    """Make the smallest request that shows the model at work."""
    match spoken.api:
        case ProviderApi.ANTHROPIC:
            body = {"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "ping"}]}
            return Question(f"{url}/messages", body=body, headers=_anthropic_headers(api_key, spoken))
        case ProviderApi.AZURE_OPENAI:
            root = f"{url}/openai/deployments/{quote(model, safe='')}" if spoken.version else f"{url}/openai/v1"
            question = first_question(root, model, task, None)
            params = {"api-version": spoken.version} if spoken.version else {}
            return replace(question, params=params, headers={"api-key": api_key} if api_key else {})
        case ProviderApi.OPENAI:
            return first_question(url, model, task, api_key)


def is_answer_of(spoken: Spoken, task: Task, reply: Reply) -> bool:
    """Say whether the answer has what the task gives; raises Unanswered when it is not even JSON."""
    if spoken.api is not ProviderApi.ANTHROPIC:
        return is_answer(task, reply)
    content = reply.json()
    return (
        isinstance(content, Mapping) and content.get("type") == "message" and isinstance(content.get("content"), list)
    )


def _anthropic_headers(api_key: str | None, spoken: Spoken) -> dict[str, str]:
    key = {"x-api-key": api_key} if api_key else {}
    return {"anthropic-version": spoken.version or _ANTHROPIC_VERSION, **key}
