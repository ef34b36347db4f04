"""Probability-weighted scores: what a judge would give on average, not only what it wrote.

G-Eval (Liu et al. 2023, equation 1): the sum of p(s) times s over the scores of the scale, with p from the endpoint's
log-probabilities at the place of the score. What the endpoint does not list, and what is no score, is left out, and
the rest is made to add up to 1.
"""

import math
from collections.abc import Mapping, Sequence

from fmops_api.rubric import Rubric
from fmops_serving.evaluate.answer import Answer, Token
from fmops_serving.evaluate.judge.verdict import Cause, Unscored, Verdict

_AROUND = " \t\n\r:\"',*`"


def expected(answer: Answer, verdict: Verdict, rubric: Rubric) -> dict[str, float]:
    """Give the expected score of each criterion; raises Unscored when the endpoint gave no usable probabilities."""
    if not answer.tokens:
        raise Unscored(Cause.NO_LOGPROBS, "the endpoint gives no logprobs: use scoring: Verdict with this judge")
    if b"".join(token.text for token in answer.tokens).decode(errors="replace") != answer.text:
        raise Unscored(Cause.NO_LOGPROBS, "the endpoint's logprobs are about another text than the verdict")
    return {name: _at(answer, verdict.places.get(name), rubric) for name in verdict.scores}


def _at(answer: Answer, place: int | None, rubric: Rubric) -> float:
    token = None if place is None else _covering(answer.tokens, len(answer.text[:place].encode()))
    weights = _weights(token, rubric) if token else {}
    total = sum(weights.values())
    if not total:
        raise Unscored(Cause.NO_LOGPROBS, "the endpoint lists no score of the scale where the verdict has one")
    return sum(score * weight for score, weight in weights.items()) / total


def _covering(tokens: Sequence[Token], place: int) -> Token | None:
    """Find the token that holds the byte at `place`."""
    end = 0
    for token in tokens:
        end += len(token.text)
        if place < end:
            return token
    return None


def _weights(token: Token, rubric: Rubric) -> Mapping[int, float]:
    found: dict[int, float] = {}
    for text, logprob in token.alternatives:
        digit = text.strip(_AROUND)
        if digit.isascii() and digit.isdigit() and rubric.scale.min <= int(digit) <= rubric.scale.max:
            found[int(digit)] = found.get(int(digit), 0.0) + math.exp(logprob)
    return found
