"""The words that a metric is made of: what is measured, and in which variant."""

from enum import StrEnum


class MetricType(StrEnum):
    """What is measured."""

    EXACT_MATCH = "ExactMatch"
    NUMERIC = "Numeric"
    REGEX = "Regex"
    JSON_SCHEMA = "JsonSchema"
    CLASSIFICATION = "Classification"
    TOKEN_F1 = "TokenF1"  # noqa: S105 - a metric, no password
    ROUGE = "Rouge"
    BLEU = "Bleu"
    CHRF = "Chrf"
    WORD_ERROR_RATE = "WordErrorRate"
    COSINE = "Cosine"
    LENGTH = "Length"
    REFUSAL = "Refusal"
    TOXICITY = "Toxicity"
    LATENCY = "Latency"
    COST = "Cost"


class Average(StrEnum):
    """How F1 of the classes becomes one figure."""

    MACRO = "Macro"
    MICRO = "Micro"
    WEIGHTED = "Weighted"


class Normalize(StrEnum):
    """What is made equal before texts are compared."""

    NONE = "None"
    STRIP = "Strip"
    WORDS = "Words"
    SQUAD = "Squad"
    MULTILINGUAL = "Multilingual"


class RougeVariant(StrEnum):
    """What Rouge compares: words, pairs of words, the longest common subsequence, or that line by line."""

    ONE = "1"
    TWO = "2"
    LONGEST = "L"
    LINES = "Lsum"


class Stemmer(StrEnum):
    """Whether English endings are cut off before words are compared."""

    NONE = "None"
    PORTER = "Porter"


class BleuTokenizer(StrEnum):
    """How Bleu cuts a text into words."""

    MTEVAL_13A = "13a"
    INTERNATIONAL = "Intl"
    CHINESE = "Zh"
    CHARACTER = "Char"


class LengthUnit(StrEnum):
    """What a length is counted in."""

    TOKENS = "Tokens"
    WORDS = "Words"
    CHARACTERS = "Characters"
