"""Rouge beside rouge-score, in one run, at equal values: `python -m tests.bench.rouge`.

Prints CPU time per pair of texts and the ratio, for each set of variants and length. Ours is what the runner does with
an answer: it lets the metric of each variant look at it, one after another. They share what the first of them found.
Every round takes new texts, so that no text and no pair is known from before; what ours remembers from one text to the
next are the stems of words, as a run does. rouge-score remembers nothing.

Not a test: nothing fails when a machine is slow; it ends with an error only when a value differs.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from itertools import accumulate
from statistics import median
from time import process_time
from typing import TypeVar

from rouge_score.rouge_scorer import RougeScorer

from fmops_api.metric import Metric
from fmops_api.metrictype import MetricType, RougeVariant, Stemmer
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.metrics import scorer_of
from fmops_serving.evaluate.score.reply import Reply

GOAL = 100
LENGTHS = (30, 60, 120, 240, 480)
"""Words of a text: a headline, a summary of the CNN/DailyMail set, its longest, an answer, a long answer."""
SENTENCE, PARAGRAPH = 20, max(LENGTHS)
"""Words of a line."""
SETS = (
    ("1, 2, L", (RougeVariant.ONE, RougeVariant.TWO, RougeVariant.LONGEST), SENTENCE),
    ("Lsum", (RougeVariant.LINES,), SENTENCE),
    ("Lsum of one line", (RougeVariant.LINES,), PARAGRAPH),
)
"""What a report of a summary usually has; and the dear one, alone."""
WORDS_PER_ROUND = 6000
VOCABULARY = [f"w{number}ord" for number in range(5000)]
FREQUENCY = list(accumulate(1 / (rank + 1) for rank in range(len(VOCABULARY))))
"""Of words in a language (Zipf), added up."""
SEED = 7
Pair = tuple[str, str]
Figures = list[tuple[float, ...] | None]
Seen = TypeVar("Seen")


def main() -> None:
    """Measure every set at every length, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rouge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, interleaved; the median of each side counts")
    rounds = parser.parse_args().rounds
    draw = random.Random(SEED)
    print(f"{'variants':>16}{'stem':>7}{'words':>7}{'rouge-score':>14}{'fmops':>10}{'ratio':>9}   (µs of CPU a pair)")
    for stemmer in Stemmer:
        for length in LENGTHS:
            for name, variants, line in SETS:
                texts = [[pair(draw, length, line) for _ in range(WORDS_PER_ROUND // length)] for _ in range(rounds)]
                theirs, ours = side_by_side(texts, variants, stemmer)
                print(f"{name:>16}{stemmer:>7}{length:7}{1e6 * theirs:14.1f}{1e6 * ours:10.1f}{theirs / ours:8.1f}x")
    print(f"goal: {GOAL}x")


def side_by_side(
    texts: Sequence[Sequence[Pair]], variants: Sequence[RougeVariant], stemmer: Stemmer
) -> tuple[float, float]:
    """Give the seconds a pair takes by rouge-score and by ours; raises SystemExit when a value differs."""
    names = [f"rouge{variant}" for variant in variants]
    peer = RougeScorer(names, use_stemmer=stemmer is Stemmer.PORTER)
    scorers = [
        scorer_of(Metric(name=f"m{variant}", type=MetricType.ROUGE, variant=variant, stemmer=stemmer))
        for variant in variants
    ]

    def theirs(pair: Pair) -> Figures:
        answer, reference = pair
        found = peer.score(reference, answer)
        return [(found[name].fmeasure, found[name].precision, found[name].recall) for name in names]

    def ours(reply: Reply) -> Figures:
        return [scorer.observe(reply) for scorer in scorers]

    seconds: list[tuple[float, float]] = []
    for pairs in texts:
        replies = [Reply(Example(id="one", references=[reference]), answer) for answer, reference in pairs]
        peer_seconds, wanted = timed(theirs, pairs)
        own_seconds, found = timed(ours, replies)
        seconds.append((peer_seconds, own_seconds))
        if wanted != found:
            raise SystemExit(f"{', '.join(names)}: the values differ")
    return median(peer for peer, _ in seconds), median(own for _, own in seconds)


def timed(score: Callable[[Seen], Figures], texts: Sequence[Seen]) -> tuple[float, list[Figures]]:
    """Score every pair, and give the seconds of CPU that one took."""
    began = process_time()
    found = [score(each) for each in texts]
    return (process_time() - began) / len(texts), found


def pair(draw: random.Random, length: int, line: int) -> Pair:
    """Write an answer and its reference, which share about half of their words, with so many words a line."""
    reference, others = (draw.choices(VOCABULARY, cum_weights=FREQUENCY, k=length) for _ in range(2))
    answer = [draw.choice(either) for either in zip(reference, others, strict=True)]
    return lines(answer, line), lines(reference, line)


def lines(words: Sequence[str], line: int) -> str:
    """Write words as sentences, one a line."""
    starts = range(0, len(words), line)
    return "\n".join(" ".join(words[start : start + line]).capitalize() + "." for start in starts)


if __name__ == "__main__":
    main()
