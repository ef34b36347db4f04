"""How often the guard's Toxicity is right, beside its peers: `python -m tests.bench.guard_quality`.

Judges the labelled texts of tests/data/guard by fmops, alone and with the classifier of `make classifier`,
alt-profanity-check and better-profanity in one run, and writes docs/reference/guard-quality.md. With `--thresholds` it
prints what each threshold would give on the texts that tune.
"""

import argparse
import asyncio
import warnings
from collections.abc import Callable, Iterable, Sequence

from fmops_serving.guard.classifier import Classifier
from fmops_serving.guard.toxicity import toxicity
from tests.cluster.paths import REPOSITORY
from tests.support.guard_texts import INNOCENT, TOXIC, Labelled, labelled, learned
from tests.support.toxic_classifier import ensure_classifier

PAGE = REPOSITORY / "docs" / "reference" / "guard-quality.md"
THRESHOLD = 0.5
SURE = 0.8
"""The classifier's threshold beside Toxicity, which makes faults of its own: precision 0.96 by cross-validation."""
LANGUAGES = {"en": "English", "de": "German", "ru": "Russian"}
Flags = Callable[[Labelled], bool]


def main() -> None:
    """Write the page, or print thresholds."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.guard_quality", description=__doc__)
    parser.add_argument(
        "--thresholds", action="store_true", help="print what each threshold gives on the texts that tune"
    )
    if parser.parse_args().thresholds:
        print_thresholds()
        return
    texts = labelled()
    testing = [text for text in texts if text.tests]
    judges = {
        "fmops": ours,
        "fmops and a classifier": with_classifier(testing),
        "alt-profanity-check": alt_profanity_check(testing),
        "better-profanity": better_profanity(),
    }
    found = {name: set(flagged(judge, testing)) for name, judge in judges.items()}
    page = [head(texts), *tables(found, testing)]
    PAGE.write_text("\n".join(page) + "\n", "utf-8")
    print("\n".join(page))


HEAD = """# How often Toxicity is right
<!-- written by `python -m tests.bench.guard_quality`, not by hand -->

{all} texts written for this project, {en} English, {de} German, {ru} Russian, in `tests/data/guard`. {tuning} of them
tuned the rules. The figures here are of the other {testing}, in `held-out`, which were written and committed before the
rules were last changed, and judged after. None of them shares half of its words with one that tuned.
The classifier is that of `make classifier`, which learned from the English ones of those that tuned, and from
{learned} more in `learned.en.txt`; a text is found when Toxicity finds it or the classifier says more than {sure}.
alt-profanity-check and better-profanity know English only. `quoted` speaks of insults and is none (a rule of conduct, a
novel's title).
"""


def head(texts: Sequence[Labelled]) -> str:
    """Say how many texts there are, and what they are for."""
    counts = {language: sum(text.language == language for text in texts) for language in LANGUAGES}
    testing = sum(text.tests for text in texts)
    more = len(learned()) - sum(text.language == "en" and not text.tests for text in texts)
    tuning = len(texts) - testing
    return HEAD.format(all=len(texts), tuning=tuning, testing=testing, learned=more, sure=SURE, **counts)


def ours(text: Labelled) -> bool:
    """Judge by the guard."""
    return toxicity().judge(text.text).score > THRESHOLD


def with_classifier(texts: Sequence[Labelled]) -> Flags:
    """Judge by the guard's Toxicity and by a classifier, as two rails of a model do."""
    said = asyncio.run(scores([text.text for text in texts]))
    sure = {text for text, score in zip(texts, said, strict=True) if score > SURE}
    return lambda text: ours(text) or text in sure


async def scores(texts: Sequence[str]) -> list[float]:
    """Give what the classifier says of each text."""
    classifier = Classifier(ensure_classifier())
    try:
        return [max((each.score for each in found), default=0.0) for found in await classifier.afind(texts)]
    finally:
        classifier.close()


def alt_profanity_check(texts: Sequence[Labelled]) -> Flags:
    """Judge by alt-profanity-check, all at once, as it is fastest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from profanity_check import predict_prob  # noqa: PLC0415 - takes seconds to load
    found = {
        text for text, score in zip(texts, predict_prob([t.text for t in texts]), strict=True) if score > THRESHOLD
    }
    return found.__contains__


def better_profanity() -> Flags:
    """Judge by better-profanity."""
    from better_profanity import profanity  # noqa: PLC0415

    profanity.load_censor_words()
    return lambda text: bool(profanity.contains_profanity(text.text))


def flagged(judge: Flags, texts: Iterable[Labelled]) -> list[Labelled]:
    """Give the texts that a judge finds toxic."""
    return [text for text in texts if judge(text)]


def tables(found: dict[str, set[Labelled]], texts: Sequence[Labelled]) -> list[str]:
    """Write a table for each language of the texts that test: precision, recall, how many of each class were found."""
    lines = []
    for language, name in LANGUAGES.items():
        half = [text for text in texts if text.language == language and text.tests]
        lines += ["", f"## {name}", "", f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
        for word, of in (("precision", precision), ("recall", recall)):
            lines.append(f"| **{word}** | {' | '.join(of(judged, half) for judged in found.values())} |")
        for kind in (*TOXIC, *INNOCENT):
            texts_of = [text for text in half if text.kind == kind]
            counts = (f"{sum(text in judged for text in texts_of)} of {len(texts_of)}" for judged in found.values())
            lines.append(f"| {kind}{', found' if kind in TOXIC else ', wrongly found'} | {' | '.join(counts)} |")
    return lines


def precision(judged: set[Labelled], half: Sequence[Labelled]) -> str:
    """Give the share of toxic texts among those found."""
    found = [text for text in half if text in judged]
    return f"{sum(text.toxic for text in found) / len(found):.2f}" if found else "none found"


def recall(judged: set[Labelled], half: Sequence[Labelled]) -> str:
    """Give the share of toxic texts that were found."""
    toxic = [text for text in half if text.toxic]
    return f"{sum(text in judged for text in toxic) / len(toxic):.2f}"


def print_thresholds() -> None:
    """Print precision, recall and F1 of the texts that tune."""
    scores = [(toxicity().judge(text.text).score, text.toxic) for text in labelled() if not text.tests]
    for threshold in (number / 20 for number in range(4, 20)):
        hits = [toxic for score, toxic in scores if score > threshold]
        right, wanted = sum(hits), sum(toxic for _, toxic in scores)
        print(f"{threshold:.2f}  precision {right / len(hits):.3f}  recall {right / wanted:.3f}  "
              f"F1 {2 * right / (len(hits) + wanted):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
