"""Rouge beside rouge-score, in one run, at equal values: `python -m tests.bench.rouge`.

Prints CPU time per pair of texts and the ratio, for each set of variants and length. Not a test: nothing fails when a
machine is slow; it ends with an error only when a value differs.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from rouge_score.rouge_scorer import RougeScorer

from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_serving.evaluate.score.rouge import overlap_of

GOAL = 100
LENGTHS = (30, 60, 120, 240, 480)
"""Words of a text: a headline, a summary of the CNN/DailyMail set, its longest, an answer, a long answer."""
SETS = {"1, 2, L": (RougeVariant.ONE, RougeVariant.TWO, RougeVariant.LONGEST), "Lsum": (RougeVariant.LINES,)}
"""What a report of a summary usually has, by one scorer; and the dear one, alone."""
WORDS_PER_LINE = 20
VOCABULARY = 5000
SEED = 7
Pair = tuple[str, str]
Figures = list[tuple[float, ...]]


def main() -> None:
    """Measure every set at every length, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rouge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="rounds, interleaved; the median of each side counts")
    rounds = parser.parse_args().rounds
    print(f"{'variants':>9}{'stem':>7}{'words':>7}{'rouge-score':>14}{'fmops':>10}{'ratio':>9}   (µs of CPU a pair)")
    for stemmer in Stemmer:
        for length in LENGTHS:
            pairs = texts(length, max(40, 20000 // length))
            for name, variants in SETS.items():
                theirs, ours = side_by_side(pairs, variants, stemmer, rounds)
                print(f"{name:>9}{stemmer:>7}{length:7}{1e6 * theirs:14.1f}{1e6 * ours:10.1f}{theirs / ours:8.1f}x")
    print(f"goal: {GOAL}x")


def side_by_side(
    pairs: Sequence[Pair], variants: Sequence[RougeVariant], stemmer: Stemmer, rounds: int
) -> tuple[float, float]:
    """Give the seconds a pair takes by rouge-score and by ours; raises SystemExit when a value differs."""
    names = [f"rouge{variant}" for variant in variants]
    scorer = RougeScorer(names, use_stemmer=stemmer is Stemmer.PORTER)

    def theirs(answer: str, reference: str) -> Figures:
        found = scorer.score(reference, answer)
        return [tuple(found[name]) for name in names]

    def ours(answer: str, reference: str) -> Figures:
        return [tuple(overlap_of(answer, reference, variant, stemmer)) for variant in variants]

    seconds: list[tuple[float, float]] = []
    for _ in range(rounds):
        peer, wanted = timed(theirs, pairs)
        own, found = timed(ours, pairs)
        seconds.append((peer, own))
        if wanted != found:
            raise SystemExit(f"{', '.join(names)}: the values differ")
    return median(peer for peer, _ in seconds), median(own for _, own in seconds)


def timed(score: Callable[[str, str], Figures], pairs: Sequence[Pair]) -> tuple[float, list[Figures]]:
    """Score every pair, and give the seconds of CPU that one took."""
    began = process_time()
    found = [score(*pair) for pair in pairs]
    return (process_time() - began) / len(pairs), found


def texts(length: int, count: int) -> list[Pair]:
    """Write pairs that share about half of their words, with words as frequent as in a language (Zipf)."""
    draw = random.Random(SEED)
    vocabulary = [f"w{number}ord" for number in range(VOCABULARY)]
    weights = [1 / (rank + 1) for rank in range(VOCABULARY)]

    def pair() -> Pair:
        reference = draw.choices(vocabulary, weights, k=length)
        answer = [word if draw.random() < 0.5 else draw.choices(vocabulary, weights)[0] for word in reference]
        return lines(answer), lines(reference)

    return [pair() for _ in range(count)]


def lines(words: Sequence[str]) -> str:
    """Write words as sentences, one a line."""
    starts = range(0, len(words), WORDS_PER_LINE)
    return "\n".join(" ".join(words[start : start + WORDS_PER_LINE]).capitalize() + "." for start in starts)


if __name__ == "__main__":
    main()
