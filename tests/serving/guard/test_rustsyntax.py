"""What is written for the crate `regex` finds what RE2 finds, and what might not is not written at all."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fmops_serving.guard.glance import pattern_glance
from fmops_serving.guard.pattern import compiled
from fmops_serving.guard.rustsyntax import counterpart
from fmops_serving.native import native
from tests.support.native import needs_native

OTHERWISE = [
    "[a&&b]", "[!-&&b]", "[a~~b]", "[a--b]", "[a-c-e]", r"[\w-z]", "[]a]", "[^]a]", "[a[b]", "[[:alpha:]]", "[a^]",
    r"[\D]", r"[\b]", r"[\x41]", "[", "[]", "[^]", "[-]",
    r"\<a", r"a\>", r"\b{start}", r"\b{", r"\B", r"\A", r"\z", r"\C", r"\Qa\E", r"\x41", r"\101", r"\a", r"\_", r"\é",
    "{,5}", "a{,5}", "a{", "a}", "a{x}", "a{٣}", "a{1,٣}",
    "(?U)a", "(?x)a b", "(?-i)a", "(?i-s:a)", "(?=a)", "(?<n>a)", r"\p{Han}", r"\pM", r"\p{L}", r"\p{^Greek}",
    "\ud800", "[\ud800]", "[a-\udfff]",
]  # fmt: skip
WRITTEN = [
    ("", "", False),
    ("a.b|c$", "a.b|c$", False),
    ("^(a(?:b)?)+?", "^(a(?:b)?)+?", False),
    ("(?P<name>a){2,}?", "(?P<name>a){2,}?", False),
    ("(?i)secret", "(?i)secret", False),
    ("(?ims:a)", "(?ims:a)", False),
    (r"\d", "[0-9]", False),
    (r"\D\W\S", r"[^0-9][^0-9A-Za-z_][^\t\n\f\r ]", False),
    (r"[\w.-]+@\w", "[0-9A-Za-z_.-]+@[0-9A-Za-z_]", False),
    (r"[^\s\\d]", r"[^\t\n\f\r \\d]", False),
    (r"\bword\b", r"(?-u:\b)word(?-u:\b)", False),
    (r"\\d\.\v\-", r"\\d\.\v\-", False),
    (r"\pL\p{Cyrillic}", r"\pL\p{Cyrillic}", True),
    (r"[^\pN-]", r"[^\pN-]", True),
    ("(?i)größe|[а-я]", "(?i)größe|[а-я]", False),
    ("ɤ", "ɤ", False),
    ("(?i)[^ɤ]", "(?i)[^ɤ]", True),
    ("(?si:ɤ)", "(?si:ɤ)", True),
    ("(?i)[!-џ]", "(?i)[!-џ]", True),
]


@pytest.mark.parametrize("pattern", OTHERWISE, ids=ascii)
def test_what_may_mean_something_else_has_no_counterpart(pattern: str) -> None:
    assert counterpart(pattern) is None


@pytest.mark.parametrize(("pattern", "source", "ascii_only"), WRITTEN, ids=[row[0] or "nothing" for row in WRITTEN])
def test_a_pattern_is_written_so_that_it_means_the_same(pattern: str, source: str, ascii_only: bool) -> None:
    assert counterpart(pattern) == (source, ascii_only)


LETTERS = "abkKsSzſ\u212aßẞäÄÿŸжЖɤ\ua7cb"
"""ſ and the sign of Kelvin are small and capital letters of ASCII ones; of the last pair, only new versions know."""
TEXTS = st.text(alphabet=f"{LETTERS}\u0301\n\n\r\t\v\f\x1c\x00 _-.01٣@,", max_size=8)
SEVERAL = st.lists(TEXTS, min_size=3, max_size=3)
LITERALS = st.sampled_from([*f"{LETTERS}01 _-@,:&~<\n", r"\.", r"\-", r"\n", r"\v", r"\\", r"\@"])
SIMPLE = st.sampled_from([".", "^", "$", r"\b", *(rf"\{name}" for name in "dwsDWS"), r"\pL", r"\PN", r"\p{Greek}"])
MEMBERS = st.sampled_from(
    [*LETTERS, *"01_@& ", r"\n", r"\d", r"\w", r"\s", r"\pL", r"\-", "a-z", "A-Z", "0-9", "!-~", "ä-ÿ", "а-я", "a-я"]
)
CLASSES = st.builds("[{}{}{}{}]".format, *map(st.sampled_from, [["", "^"], ["", "-"]]),
                    st.lists(MEMBERS, min_size=1, max_size=3).map("".join), st.sampled_from(["", "-"]))  # fmt: skip
TIMES = st.sampled_from(["", "", "", "?", "*", "+", "+?", "{2}", "{0,2}", "{1,}?"])
GROUPS = ["({})", "(?:{})", "(?i:{})", "(?s:{})", "(?m:{})", "(?i){}", "({}|{})"]


def larger(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds(lambda form, one, other: form.format(one, other), st.sampled_from(GROUPS), pieces, pieces)
    return st.lists(st.tuples(pieces | group, TIMES).map("".join), min_size=1, max_size=3).map("".join)


PATTERNS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "(?i)", "(?s)", "(?m)", "(?im)"]),
        st.recursive(LITERALS | LITERALS | SIMPLE | CLASSES, larger, max_leaves=5),
    ),
)
METACHARACTERS = r"aks01-,^$.|?*+(){}[]\&~<>:=!ims_PLdwsbBnUxQE"
TOGETHER = ["&&", "~~", "--", "[:", r"\<", r"\>", r"\b{", "(?", "{,"]
PIECES = st.sampled_from([*METACHARACTERS, *"é٣ſɤ", *TOGETHER])
SIGNS = st.lists(PIECES, max_size=6).map("".join)
"""Anything that may be read as syntax, which is often in a class."""
SIGNS = SIGNS | SIGNS.map("[{}]".format) | SIGNS.map("[a{}]".format)
USUAL = "akKsSſ\u212aäÄжɤ\ua7cb\u0301\n\v\x1c _1٣-&~<,@"
SHORT = ["", *USUAL, *map("".join, product(USUAL, repeat=2))]
"""All that are as short, which find more than a few long ones."""
OFTEN = settings(max_examples=400, deadline=None)


def both(pattern: str) -> tuple[Any, Any]:
    """Give the pattern in both syntaxes; Nones where it has no counterpart, or is no pattern."""
    assert native is not None
    other = counterpart(pattern)
    if other is None:
        return None, None
    try:
        return compiled(pattern), native.Patterns([other.source], other.ascii_only)
    except ValueError:
        return None, None


def agree(pattern: str, texts: Iterable[str]) -> None:
    other, (re2, rust) = counterpart(pattern), both(pattern)
    assert other is not None
    for text in texts:
        tells = text.isascii() or not other.ascii_only
        assert rust.absent(text) == (tells and re2.search(text) is None), (pattern, text)


@needs_native
@OFTEN
@given(PATTERNS, SEVERAL)
@example("(?i)[^ɤ]", ["\ua7cb", "ɤ", "a"])
@example("(?m)^$", ["a\n", "a\r", "\n"])
@example("a$", ["a\n", "a", ""])
@example(r"(?i)\W", ["ſ", "\u212a", "a"])
def test_what_is_written_is_in_a_text_if_re2_finds_it(pattern: str, texts: list[str]) -> None:
    assume(both(pattern) != (None, None))
    agree(pattern, [*SHORT, *texts])


@needs_native
@OFTEN
@given(SIGNS, SEVERAL)
@example("[--]", ["-", "a", ""])
@example(r"[\--a]", ["-", "a", "A", ""])
@example("(?i)|a", ["", "A"])
def test_nothing_slips_through_that_the_crate_reads_otherwise(pattern: str, texts: list[str]) -> None:
    assume(both(pattern) != (None, None))
    agree(pattern, [*SHORT, *texts, *pattern, pattern])


@needs_native
def test_classes_have_the_same_characters_of_all_alphabets_there_are() -> None:
    everything = "".join(chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000)
    for pattern in (r"\w", r"\s", r"\d", ".", "(?i)[a-z]", "(?i)[à-ÿ]", "(?i)[а-я]"):
        found = set(compiled(pattern).findall(everything))
        others = "".join(filter(lambda each: each not in found, everything))
        assert found
        agree(pattern, [others, *sorted(found)[:1000]])
        agree(f"^{pattern}*$", ["".join(found)])


@needs_native
def test_a_pattern_that_takes_too_much_memory_has_no_glance() -> None:
    assert pattern_glance(["(?:a{1,900}){1,900}"]) is None
    assert pattern_glance(["a", r"\Qb\E"]) is None


@needs_native
def test_several_patterns_are_looked_for_at_once_and_keep_their_alternatives_apart() -> None:
    made = pattern_glance(["^a|b", "(?i)c", "d$"])
    assert made is not None
    assert [made.absent(text) for text in ("xa", "xb", "C", "D", "xd", "dx", "\ud800", "")] == [
        True, False, False, True, False, True, False, True,
    ]  # fmt: skip
