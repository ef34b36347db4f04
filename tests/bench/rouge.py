"""Rouge beside rouge-score, in one run, at equal values: `python -m tests.bench.rouge`.

Prints CPU time per pair of texts and the ratio, for each variant and length. Not a test: nothing fails when a machine
is slow; it ends with an error only when a value differs.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from time import process_time

from rouge_score.rouge_scorer import RougeScorer

from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_serving.evaluate.score.rouge import overlap_of

GOAL = 100
LENGTHS = (30, 60, 120, 240, 480)
"""Words of a text: a headline, a summary of the CNN/DailyMail set, its longest, an answer, a long answer."""
WORDS_PER_LINE = 20
VOCABULARY = 5000
SEED = 7
Pair = tuple[str, str]


def main() -> None:
    """Measure every variant at every length, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rouge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, interleaved; the fastest of each side counts")
    rounds = parser.parse_args().rounds
    print(f"{'variant':>8}{'words':>7}{'rouge-score':>14}{'fmops':>10}{'ratio':>9}   (µs of CPU a pair; goal {GOAL}x)")
    for length in LENGTHS:
        pairs = texts(length, max(4, 6000 // length))
        totals = [0.0, 0.0]
        for variant in RougeVariant:
            theirs, ours = side_by_side(pairs, variant, rounds)
            totals = [totals[0] + theirs, totals[1] + ours]
            show(str(variant), length, theirs, ours)
        show("all", length, *totals)


def side_by_side(pairs: Sequence[Pair], variant: RougeVariant, rounds: int) -> tuple[float, float]:
    """Give the seconds a pair takes by rouge-score and by ours; raises SystemExit when a value differs."""
    name = f"rouge{variant}"
    scorer = RougeScorer([name])
    theirs, ours = [], []
    for _ in range(rounds):
        seconds, wanted = timed(lambda answer, reference: scorer.score(reference, answer)[name], pairs)
        theirs.append(seconds)
        seconds, found = timed(lambda answer, reference: overlap_of(answer, reference, variant, Stemmer.NONE), pairs)
        ours.append(seconds)
        if [tuple(each) for each in wanted] != [tuple(each) for each in found]:
            raise SystemExit(f"{name}: the values differ")
    return min(theirs), min(ours)


def timed(
    score: Callable[[str, str], tuple[float, ...]], pairs: Sequence[Pair]
) -> tuple[float, list[tuple[float, ...]]]:
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


def show(name: str, length: int, theirs: float, ours: float) -> None:
    """Print one line."""
    print(f"{name:>8}{length:7}{1e6 * theirs:14.1f}{1e6 * ours:10.1f}{theirs / ours:8.1f}x", flush=True)


if __name__ == "__main__":
    main()
