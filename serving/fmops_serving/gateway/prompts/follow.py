"""Following the steps of a prompt: one request for each, the last of them answered to the client."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson

from fmops_api.route import Route
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.naming import written
from fmops_serving.gateway.prompts import asked
from fmops_serving.gateway.prompts.call import STEPS, Wish
from fmops_serving.gateway.prompts.capture import Capture
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.reply import Reply
from fmops_serving.prompts.steps import Prompt, Step, placed

Json = dict[str, Any]
Ask = Callable[[Exchange, Reply], Awaitable[None]]
"""Answers a request as the gateway answers every other."""
Find = Callable[[str | None], Route]
"""Gives the route of a step's model, or the caller's own for None; raises Refusal when the key does not open it."""


class Follower(NamedTuple):
    """Follows one call."""

    exchange: Exchange
    wish: Wish
    find: Find
    ask: Ask
    shelf: Shelf

    async def follow(self, prompt: Prompt, reply: Reply) -> None:
        """Ask every step; raises Refusal naming the step that has no answer."""
        outputs: dict[str, str] = {}
        *before, last = prompt.steps
        told = [await self._answered(step, outputs) for step in before]
        if not self.wish.steps:
            await self._asked(last, outputs, reply, self.wish.stream)
            return
        final = Capture(self.exchange.request_id)
        told.append(await self._answered(last, outputs, final))
        reply.headers = final.headers
        reply.send(200, orjson.dumps({**final.answer(), STEPS: told}))

    async def _answered(self, step: Step, outputs: dict[str, str], capture: Capture | None = None) -> Json:
        """Ask a step whose answer is read here, and keep it for those that come; gives what is told of it."""
        kept = capture or Capture(self.exchange.request_id)
        try:
            await self._asked(step, outputs, kept, {})
            answer = kept.answer()
            outputs[step.name] = _text(answer)
        except Refusal as refusal:
            raise _at(step, refusal) from None
        model = self.find(step.model)
        return {
            "name": step.name,
            "model": f"{model.namespace}/{model.name}",
            "output": outputs[step.name],
            "finish_reason": answer["choices"][0].get("finish_reason"),
            "usage": answer.get("usage"),
        }

    async def _asked(self, step: Step, outputs: Mapping[str, str], reply: Reply, stream: Mapping[str, Any]) -> None:
        route = self.find(step.model)
        answered = {name: placed(text, outputs) for name, text in step.inputs.items()}
        values = {**self.wish.variables, **answered}
        try:
            body = asked.body(step.template, route, values, self.wish.more, self.shelf)
        except Refusal:
            self.exchange.kind = Kind.CHAT  # nothing was asked, so that this request is the one to count
            raise
        content = written({**body, **stream})
        headers = {**self.exchange.headers, "content-type": "application/json"}
        path = f"/v1{asked.kind_of(route).suffix}"
        came = self.exchange
        asking = Exchange(came.method, path, came.query, headers, content, came.request_id, came.began)
        await self.ask(asking, reply)


def _text(answer: Json) -> str:
    """Read the text of a chat or a completion. Raises Refusal where there is none."""
    try:
        choice = answer["choices"][0]
        text = choice["message"]["content"] if "message" in choice else choice["text"]
    except (KeyError, IndexError, TypeError):
        text = None
    if not isinstance(text, str):
        raise Refusal(502, "step_without_text", "the model answered without text", type="server_error")
    return text


def _at(step: Step, refusal: Refusal) -> Refusal:
    """Say at which step of a chain it was."""
    if not step.name:
        return refusal
    return Refusal(
        refusal.status,
        refusal.code,
        f"step {step.name}: {refusal.message}",
        type=refusal.type,
        param=refusal.param,
        headers=refusal.headers,
    )
