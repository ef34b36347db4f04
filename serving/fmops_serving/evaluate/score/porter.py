"""The Porter stemmer for English (Porter 1980), with the changes of NLTK that rouge-score stems with."""

from rouge_score_rs._rougers import tokenize

MOST = 65536
"""Words that are remembered; one more, and all are forgotten."""


class Stems(dict[str, str]):
    """Stems of words. They are remembered: a language has few words, and to look one up costs less than the rules."""

    def __missing__(self, word: str) -> str:
        """Cut an English ending off a word of lower-case letters and digits with more than three, as rouge-score does.

        Porter's rules are for English letters, and leave other words alone.
        """
        if len(self) >= MOST:
            self.clear()
        stem = "".join(tokenize(word, use_stemmer=True)) if word.isascii() else word
        stem = self[word] = word if stem == word else stem  # One text for both is faster to read.
        return stem
