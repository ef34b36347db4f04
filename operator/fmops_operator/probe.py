"""Asks endpoints whether they really serve a model: what Serving=True rests on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from fmops_api.foundationmodel import Task
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_api.sources import ProviderApi
from fmops_operator.fetching import Question, Reply, Unanswered, fetch
from fmops_operator.probe_providers import is_answer_of, name_question, task_question
from fmops_operator.remembered import Remembered
from fmops_operator.settings import Settings
from fmops_operator.world import OPENAI, Answer, Spoken

FAILING_SECONDS = 5.0
"""An endpoint that does not serve yet is asked again after so long."""
_LIMIT = 8 * 2**20
_BY_NAME_ONLY = {Task.IMAGE, Task.SPEECH}
"""Tasks whose smallest request costs real money at a provider: the list of models is all that is asked."""
_NO_DEPLOYMENT = "DeploymentNotFound"
"""How Azure OpenAI says that there is no deployment of a name."""
_SPOKEN = {
    ProviderApi.OPENAI: "an OpenAI API",
    ProviderApi.AZURE_OPENAI: "Azure OpenAI",
    ProviderApi.ANTHROPIC: "Anthropic's API",
}


@dataclass(frozen=True)
class _Target:
    url: str
    model: str
    task: Task
    api_key: str | None
    spoken: Spoken


class _Refused(Exception):  # noqa: N818
    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(str(reason), message)


class HttpEndpoint:
    """`world.Endpoint` over HTTP. A good answer is kept for settings.probe_interval_seconds, a bad one for seconds."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._remembered = Remembered[Answer](self._keep_seconds)

    async def ask(  # noqa: PLR0913 - what to ask, and two things that make an answer another one
        self, url: str, model: str, task: str, api_key: str | None, *, behind: str = "", spoken: Spoken = OPENAI
    ) -> Answer:
        """Ask `/models` for the name and the model for one token (one embedding, ...); never raises.

        Faults: ProviderUnauthorized, WrongServedName, and EndpointNotAnswering for everything else.
        """
        key = hashlib.sha256(api_key.encode()).digest() if api_key else None
        target = _Target(url.rstrip("/"), model, Task(task), api_key, spoken)
        return await self._remembered.get((url, model, task, key, behind, spoken), lambda: self._answer(target))

    def _keep_seconds(self, answer: Answer) -> float:
        interval = self._settings.probe_interval_seconds
        return interval if answer.fault is None else min(FAILING_SECONDS, interval)

    async def _answer(self, target: _Target) -> Answer:
        try:
            entry = await self._named(target)
            await self._works(target, listed=entry is not None)
        except _Refused as refused:
            return refused.answer
        except Unanswered as fault:
            return Answer(str(Reason.ENDPOINT_NOT_ANSWERING), f"{target.url} {fault}"[:1000])
        length = (entry or {}).get(
            "max_input_tokens" if target.spoken.api is ProviderApi.ANTHROPIC else "max_model_len"
        )
        return Answer(None, f"{target.url} serves {target.model}", length if isinstance(length, int) else None)

    async def _named(self, target: _Target) -> Mapping[str, Any] | None:
        """Give the model's entry in the list of models; None where a server has no such list."""
        question = name_question(target.url, target.model, target.api_key, target.spoken)
        if question is None:
            return None
        reply = await self._fetch(question)
        if target.spoken.api is ProviderApi.ANTHROPIC:
            return _alone(target, reply)
        if reply.status in {404, 405, 501}:
            return None
        _demand_success(reply, question.url, target.api_key)
        entries = _entries(reply.json())
        if entries is None:
            raise Unanswered("answers /models with no list of models")
        found = next((each for each in entries if each.get("id") in {target.model, f"models/{target.model}"}), None)
        if found is None:
            names = ", ".join(str(each.get("id"))[:80] for each in entries[:5]) or "nothing"
            more = " and others" if len(entries) > 5 else ""
            raise _Refused(Reason.WRONG_SERVED_NAME, f"{target.url} serves {names}{more}, and not {target.model}")
        return found

    async def _works(self, target: _Target, *, listed: bool) -> None:
        if target.task in _BY_NAME_ONLY:
            if not listed:
                raise Unanswered("has no list of models to find it in")
            return
        question = task_question(target.url, target.model, target.task, target.api_key, target.spoken)
        reply = await self._fetch(question)
        if reply.status == 400 and "max_completion_tokens" in reply.text and isinstance(question.body, Mapping):
            # Newer models of OpenAI refuse max_tokens by that name.
            body = {key: value for key, value in question.body.items() if key not in {"max_tokens", "temperature"}}
            reply = await self._fetch(replace(question, body={**body, "max_completion_tokens": 16}))
        if reply.status == 404 and (target.model in reply.text or _NO_DEPLOYMENT in reply.text):
            raise _Refused(Reason.WRONG_SERVED_NAME, f"{question.url} does not know the model {target.model}")
        _demand_success(reply, question.url, target.api_key)
        if not is_answer_of(target.spoken, target.task, reply):
            raise _Refused(
                Reason.ENDPOINT_NOT_ANSWERING,
                f"{question.url} answers, but not as {_SPOKEN[target.spoken.api]} answers a {target.task}",
            )

    async def _fetch(self, question: Question) -> Reply:
        return await fetch(self._session, question, seconds=self._settings.probe_timeout_seconds, limit=_LIMIT)


def _alone(target: _Target, reply: Reply) -> Mapping[str, Any]:
    """Read Anthropic's answer about one model, which knows its short names too."""
    if reply.status == 404:
        raise _Refused(Reason.WRONG_SERVED_NAME, f"{target.url} does not know the model {target.model}")
    _demand_success(reply, f"{target.url}/models", target.api_key)
    entry = reply.json()
    if not isinstance(entry, Mapping):
        raise Unanswered("answers /models with no model")
    return entry


def _demand_success(reply: Reply, url: str, api_key: str | None) -> None:
    if reply.status in {401, 403}:
        lack = "the key" if api_key else "a request without a key"
        raise _Refused(Reason.PROVIDER_UNAUTHORIZED, f"{url} refuses {lack} with status {reply.status}")
    if reply.status != 200:
        raise _Refused(Reason.ENDPOINT_NOT_ANSWERING, f"{url} answers with status {reply.status}")


def _entries(listing: Any) -> list[Mapping[str, Any]] | None:
    found = listing.get("data") if isinstance(listing, Mapping) else listing
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        return None
    return found
