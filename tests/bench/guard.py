"""Toxicity beside its peers, in one run, at equal probabilities: `python -m tests.bench.guard`.

Prints CPU time per text of 57 words and ratios. Not a test: nothing fails when a machine is slow; it ends with an error
only when tier 1's probability is not alt-profanity-check's.
"""

import argparse
import warnings
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from fmops_serving.guard.linear import linear_model
from fmops_serving.guard.toxicity import toxicity
from tests.bench.guard_texts import labelled

WORDS = 57
"""Of a text, as the project's first measurements had."""
GOALS = {"alt-profanity-check, one call a text": 80, "better-profanity": 1000}
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
    for _ in range(rounds):
        for name, judge in judges.items():
            times[name].append(timed(judge, texts[:SLOW] if name == "better-profanity" else texts))
    ours = median(times["fmops, tiers 0 and 1"])
    for name, seconds in times.items():
        goal = f"  (goal {GOALS[name]}x)" if name in GOALS else ""
        print(f"{name:38}{1e6 * median(seconds):12.1f} µs{median(seconds) / ours:10.1f}x{goal}", flush=True)


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


def timed(judge: Callable[[str], object], texts: Sequence[str]) -> float:
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
