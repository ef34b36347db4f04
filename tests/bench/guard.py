"""Toxicity beside its peers, in one run, at equal probabilities: `python -m tests.bench.guard`.

Prints CPU time per text of 57 words and ratios, and what a window costs by event of a stream. Not a test: nothing
fails when a machine is slow; it ends with an error only when tier 1's probability is not alt-profanity-check's.
"""

import argparse
import re
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import process_time
from typing import TypeVar

from fmops_api.guardrail import Action
from fmops_serving.guard.linear import linear_model
from fmops_serving.guard.personaldata import PersonalData
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.stream import Stream
from fmops_serving.guard.toxicity import toxicity
from tests.support.guard_texts import labelled

Text = TypeVar("Text")
WORDS = 57
"""Of a text, as the project's first measurements had."""
GOALS = {"alt-profanity-check, one call a text": 80, "better-profanity": 1000}
EVENT_GOAL = 15
"""Microseconds of CPU for one event of a stream in mode Window."""
EVENTS = 64
"""Of a stream, one token each."""
ENOUGH = 0.2
"""Seconds of CPU that a judge is watched for in a round, at least."""
SLOW = 3
"""Texts that better-profanity judges a round: each takes it a good part of a second."""


def main() -> None:
    """Measure in rounds, every judge once in each, and print medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.guard", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, interleaved; medians count")
    rounds = parser.parse_args().rounds
    texts, judges = texts_of(WORDS), peers()
    differs(texts, judges["alt-profanity-check, one call a text"])
    times: dict[str, list[float]] = {name: [] for name in judges}
    events: dict[str, list[float]] = {name: [] for name in rails()}
    for _ in range(rounds):
        for name, each in rails().items():
            events[name].append(timed(partial(streamed, each), streams()) / EVENTS)
        for name, judge in judges.items():
            times[name].append(timed(judge, texts[:SLOW] if name == "better-profanity" else texts))
    ours = median(times["fmops, tiers 0 and 1"])
    for name, seconds in times.items():
        goal = f"  (goal {GOALS[name]}x)" if name in GOALS else ""
        print(f"{name:38}{1e6 * median(seconds):12.1f} µs{median(seconds) / ours:10.1f}x{goal}", flush=True)
    for name, seconds in events.items():
        print(f"{name:38}{1e6 * median(seconds):12.1f} µs an event  (goal {EVENT_GOAL})", flush=True)


def rails() -> dict[str, Rails]:
    """Give what streams are screened by."""
    toxic, personal = Rule("toxic", toxicity(), action=Action.ANNOTATE), Rule("personal", PersonalData())
    rules = {"no rule": [], "Toxicity": [toxic], "Toxicity and PersonalData": [toxic, personal]}
    return {f"stream, {name}": Rails(each) for name, each in rules.items()}


def streams() -> list[list[str]]:
    """Cut ordinary texts into tokens of at most five characters, so many a stream."""
    tokens = re.findall(r"\s?\w{1,5}|\W", " ".join(texts_of(WORDS)))
    return [tokens[start : start + EVENTS] for start in range(0, len(tokens) - EVENTS, EVENTS)]


def streamed(rails: Rails, tokens: Sequence[str]) -> None:
    """Screen one answer."""
    stream = Stream(rails)
    for token in tokens:
        stream.feed(token)
    stream.finish()


def peers() -> dict[str, Callable[[str], object]]:
    """Load every judge of one text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from better_profanity import profanity  # noqa: PLC0415
        from profanity_check import predict_prob  # noqa: PLC0415 - takes seconds to load
    profanity.load_censor_words()
    return {
        "fmops, tiers 0 and 1": toxicity().judge,
        "fmops, tier 1 alone": linear_model().probability,
        "alt-profanity-check, one call a text": lambda text: predict_prob([text])[0],
        "better-profanity": profanity.contains_profanity,
    }


def differs(texts: Sequence[str], theirs: Callable[[str], object]) -> None:
    """Compare tier 1 with alt-profanity-check; raises SystemExit when any probability differs."""
    model = linear_model()
    most = max(abs(model.probability(text) - float(str(theirs(text)))) for text in texts)
    print(f"largest difference of a probability from alt-profanity-check's: {most:.1e}")
    if most > 1e-12:
        raise SystemExit("the probabilities differ")


def timed(judge: Callable[[Text], object], texts: Sequence[Text]) -> float:
    """Judge every text one by one, over and over for a while, and give the seconds of CPU that one took."""
    began, count = process_time(), 0
    while process_time() - began < ENOUGH:
        for text in texts:
            judge(text)
        count += len(texts)
    return (process_time() - began) / count


def texts_of(words: int) -> list[str]:
    """Cut the ordinary English texts of the labelled set into texts of so many words."""
    together = " ".join(
        text.text for text in labelled() if text.language == "en" and text.kind in {"clean", "technical"}
    )
    parts = together.split(" ")
    return [" ".join(parts[start : start + words]) for start in range(0, len(parts) - words, words)]


if __name__ == "__main__":
    main()
