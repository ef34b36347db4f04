"""Reading a class out of a model's answer."""

import re
from collections.abc import Iterable

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def words(text: str) -> str:
    """Keep the words: case folded, everything but letters and digits a space, single spaces."""
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()


class LabelReader:
    """Maps an answer to a class, by fixed rules in this order.

    1. The answer is a label: character by character, outer white space aside.
    2. Its words are a label's words: case and punctuation aside (`Billing.` is `billing`).
    3. It mentions one label, as whole words, and no other. A mention inside a longer label's mention does not count:
       `partial refund` is no mention of `refund`.
    Anything else has no class. Labels whose words are the same (`C` and `C++`) can be told apart by rule 1 only.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = frozenset(labels)
        shared: dict[str, list[str]] = {}
        for label in sorted(self._labels):
            shared.setdefault(words(label), []).append(label)
        self._by_words = {key: found[0] for key, found in shared.items() if key and len(found) == 1}
        self._longest_first = sorted((key for key in shared if key), key=len, reverse=True)

    def read(self, answer: str) -> str | None:
        """Give the label that the answer names, or None."""
        if answer.strip() in self._labels:
            return answer.strip()
        said = words(answer)
        if said in self._by_words:
            return self._by_words[said]
        return self._only_mention(f" {said} ")

    def _only_mention(self, said: str) -> str | None:
        found = set()
        for key in self._longest_first:
            mention = f" {key} "
            if mention in said:
                found.add(key)
                said = said.replace(mention, " \0 ")
        return self._by_words.get(found.pop()) if len(found) == 1 else None
