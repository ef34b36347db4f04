"""Reading what a guard model answers: its label, how sure it is of it, and what it found.

    Llama Guard        unsafe            safe
                       S1,S10
    Granite Guardian   Yes / No, or <score> yes </score>, after <think>…</think> if it thinks

How sure it is comes from the probabilities of both labels where the label's first token stands, when the endpoint
gives any (`logprobs`): P(risk) / (P(risk) + P(no risk)), as both models' cards say. Otherwise a label is certain.
"""

import re
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, NamedTuple

from fmops_api.guardrail import VerdictStyle
from fmops_serving.guard.finding import DetectorFailed


class ModelVerdict(NamedTuple):
    """How likely a text is risky, from 0 to 1, and which categories the model names."""

    score: float
    categories: Sequence[str] = ()


class _Words(NamedTuple):
    label: "re.Pattern[str]"
    risk: str
    no_risk: str


_WORDS = {
    VerdictStyle.LLAMA_GUARD: _Words(re.compile(r"\A\s*(unsafe|safe)\b", re.IGNORECASE), "unsafe", "safe"),
    VerdictStyle.GRANITE_GUARDIAN: _Words(
        re.compile(r"<score>\s*(yes|no)\s*</score>|\A\s*(yes|no)\b", re.IGNORECASE), "yes", "no"
    ),
}
_THOUGHT = "</think>"
_CATEGORY = re.compile(r"\bS[0-9]{1,2}\b")
_MOST = 32
"""Categories that are told."""


def model_verdict(said: object, style: VerdictStyle) -> ModelVerdict:
    """Read a chat completion; raises DetectorFailed for what is none, or says neither label."""
    choice = _choice(said)
    words = _WORDS[style]
    answer = choice["message"]["content"]
    place = _label(answer, words)
    if place is None:
        raise DetectorFailed(f"its answer says neither {words.risk} nor {words.no_risk}")
    start, label = place
    score = _probability(choice.get("logprobs"), words)
    score = float(label == words.risk) if score is None else score
    named = dict.fromkeys(_CATEGORY.findall(answer, start)) if label == words.risk else ()
    return ModelVerdict(score, tuple(named)[:_MOST])


def _choice(said: object) -> Mapping[str, Any]:
    try:
        choice = said["choices"][0]  # type: ignore[index]
        known = isinstance(choice["message"]["content"], str)
    except (TypeError, KeyError, IndexError):
        known = False
    if not known:
        raise DetectorFailed("its answer is no chat completion with content")
    return dict(choice)


def _label(answer: str, words: _Words) -> tuple[int, str] | None:
    """Give the label behind all thoughts and its place."""
    begin = answer.rfind(_THOUGHT) + len(_THOUGHT) if _THOUGHT in answer else 0
    # The pattern is tied to the beginning, which is behind the thoughts.
    if (match := words.label.search(answer[begin:])) is None:
        return None
    return begin + match.start(match.lastindex or 0), match[match.lastindex or 0].lower()


def _probability(logprobs: object, words: _Words) -> float | None:
    """Weigh both labels where the label's first token stands; None where the endpoint did not tell."""
    try:
        tokens = [(str(each["token"]), each["top_logprobs"]) for each in logprobs["content"]]  # type: ignore[index]
    except (TypeError, KeyError):
        return None
    place = _label("".join(token for token, _ in tokens), words)
    if place is None:
        return None
    start, _ = place
    for token, likely in tokens:
        start -= len(token)
        if start < 0:
            return _weighed(likely, words)
    return None


def _weighed(likely: object, words: _Words) -> float | None:
    risk = no_risk = 0.0
    try:
        for each in likely:  # type: ignore[attr-defined]
            if token := str(each["token"]).strip().lower():
                weight = exp(min(0.0, float(each["logprob"])))
                risk += weight * words.risk.startswith(token)
                no_risk += weight * words.no_risk.startswith(token)
    except (TypeError, KeyError, ValueError):
        return None
    return risk / (risk + no_risk) if risk + no_risk > 0 else None
