"""Following a chain for one example: each step asked with what the steps before it answered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from fmops_api.template import Template
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.request import Call, Request, build_request
from fmops_serving.prompts.errors import PromptError
from fmops_serving.prompts.render import Renderer
from fmops_serving.prompts.steps import placed


@dataclass(frozen=True)
class CallStep:
    """One step, as this candidate's run asks it."""

    name: str
    template: Template
    inputs: Mapping[str, str]
    call: Call

    @cached_property
    def render(self) -> Renderer:
        """Give the template in the form that is rendered often."""
        return Renderer(self.template)

    def identity(self) -> dict[str, Any]:
        """Give everything that makes an answer of this step different, beside the values."""
        target = self.call.target
        return {
            "name": self.name,
            "url": target.url,
            "revision": target.revision,
            "model": target.model,
            "task": target.task,
            "wish": self.call.wish,
            "messages": [message.to_manifest() for message in self.template.messages],
            "inputs": self.inputs,
        }


@dataclass(frozen=True, slots=True)
class Chained:
    """One example to follow the chain with. What later steps are asked is not known yet, so the hash covers the steps
    as they are written and the example's values.
    """

    example: str
    values: Mapping[str, Any]
    steps: Sequence[CallStep]
    prompt_hash: str
    repeat: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """Say which answer of the run this asks for."""
        return self.example, self.repeat


@dataclass
class Outcome:
    """What came of one example. `messages` are those asked last; `steps` are records of a chain's steps, in order."""

    result: Answer | Fault
    attempts: int
    messages: Sequence[Mapping[str, str]]
    steps: list[dict[str, Any]] = field(default_factory=list)


def build_chained(example: str, values: Mapping[str, Any], steps: Sequence[CallStep], repeat: int = 0) -> Chained:
    """Bind the steps to one example."""
    identity = {"steps": [step.identity() for step in steps], "values": values}
    digest = hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Chained(example, values, steps, digest, repeat)


async def follow(chained: Chained, askers: Mapping[str, Asker]) -> Outcome:
    """Ask one step after the other; the first that has no answer ends the chain. Raises NotMeasured."""
    outcome = Outcome(Fault("the chain has no steps", Remedy.SKIP), 0, ())
    outputs: dict[str, str] = {}
    answers: list[Answer] = []
    for step in chained.steps:
        request = _request(chained, step, outputs)
        if isinstance(request, Fault):
            outcome.result = request
            return outcome
        result, attempts = await askers[step.call.target.name].ask(request.body)
        outcome.attempts += attempts
        outcome.messages = request.messages
        outcome.steps.append(_record(step, request, result, attempts))
        if isinstance(result, Fault):
            outcome.result = _at(step, result)
            return outcome
        outputs[step.name] = result.text
        answers.append(result)
    outcome.result = whole(answers)
    return outcome


def whole(answers: Sequence[Answer]) -> Answer:
    """Give the last answer with what all of them took.

    Tokens and times are sums. The first token that a user sees is the last answer's, after all the time before it, and
    so are the tokens after that one.
    """
    *before, last = answers
    waited = sum(answer.request_time for answer in before)
    first = last.time_to_first_token
    return Answer(
        text=last.text,
        finish_reason=last.finish_reason,
        prompt_tokens=_sum([answer.prompt_tokens for answer in answers]),
        output_tokens=_sum([answer.output_tokens for answer in answers]),
        time_to_first_token=None if first is None else waited + first,
        request_time=waited + last.request_time,
        time_between_tokens=last.time_between_tokens,
    )


def _request(chained: Chained, step: CallStep, outputs: Mapping[str, str]) -> Request | Fault:
    answered = {name: placed(text, outputs) for name, text in step.inputs.items()}
    try:
        messages = step.render({**chained.values, **answered})
    except PromptError as error:
        return _at(step, Fault(str(error), Remedy.SKIP))
    return build_request(step.call, chained.example, messages)


def _at(step: CallStep, fault: Fault) -> Fault:
    return Fault(f"step {step.name}: {fault.sentence}", fault.remedy, fault.detail)


def _record(step: CallStep, request: Request, result: Answer | Fault, attempts: int) -> dict[str, Any]:
    answer = result if isinstance(result, Answer) else None
    return {
        "name": step.name,
        "model": step.call.target.name,
        "prompt_hash": request.prompt_hash,
        "messages": list(request.messages),
        "output": answer.text if answer else None,
        "finish_reason": answer.finish_reason if answer else None,
        "prompt_tokens": answer.prompt_tokens if answer else None,
        "output_tokens": answer.output_tokens if answer else None,
        "time_to_first_token": answer.time_to_first_token if answer else None,
        "time_between_tokens": answer.time_between_tokens if answer else None,
        "request_time": answer.request_time if answer else None,
        "attempts": attempts,
        "error": None if answer else str(result),
    }


def _sum(counts: Sequence[int | None]) -> int | None:
    """Add up; a count that is not known makes the sum unknown."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
