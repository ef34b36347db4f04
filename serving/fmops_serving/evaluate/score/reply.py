"""What a metric sees of one example: the example, and the answer without the reasoning before it."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.rows import Row

_BEGIN, _END = "<think>", "</think>"


class Usage(NamedTuple):
    """Tokens of one request, as the endpoint counts them."""

    model: str | None
    """The model of a chain's step; None for the candidate."""
    prompt_tokens: int | None
    output_tokens: int | None


class Reply(NamedTuple):
    """One example and the answer that came."""

    example: Example
    text: str
    language: str | None = None
    """Of the example's set, as a BCP 47 tag."""
    output_tokens: int | None = None
    usage: Sequence[Usage] = ()
    """Of every request behind the answer: one, or one a step of a chain."""

    @classmethod
    def of(cls, example: Example, language: str | None, answer: Row) -> Self:
        """Take an answered row."""
        return cls(example, without_reasoning(answer.output or ""), language, answer.output_tokens, _usage(answer))

    @property
    def references(self) -> list[str]:
        """Give the good answers; the label stands in where there are none."""
        label = self.example.label
        return self.example.references or ([label] if label is not None else [])


def without_reasoning(output: str) -> str:
    """Keep what follows the last `</think>`, white space before it aside, as lm-eval's think_end_token does.

    An answer that begins with `<think>` and never ends it is all reasoning, so nothing is left of it.
    """
    if _END in output:
        return output.rpartition(_END)[2].lstrip()
    return "" if _BEGIN in output and output.lstrip().startswith(_BEGIN) else output


def _usage(answer: Row) -> Sequence[Usage]:
    if not answer.steps:
        return (Usage(None, answer.prompt_tokens, answer.output_tokens),)
    return [Usage(step["model"], step["prompt_tokens"], step["output_tokens"]) for step in answer.steps]
