r"""Patterns of RE2 in the syntax of Rust's crate `regex`, those that are certain to mean the same.

Both have one ancestor and agree on most. What is written here in its own way: RE2's classes of Perl's and its ends of
words know ASCII only. A pattern with anything that is not listed has no counterpart, though it may well have one: the
crate reads `&&` in a class, `\<` and `{,5}` otherwise, knows no `\C`, and finds no `\B` within a character.
"""

import re
from typing import NamedTuple

_PERL = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_SAME = r"\\[ntrfv]|\\[!-/:;=?@\[-^`{-~]"
"""Escapes: of white space, and of signs that stand for themselves; `<` and `>` are ends of words in one of the two."""
_PLAIN = r"[^\\\[\](){}.^$*+?|\ud800-\udfff]"
_LETTERS = r"\\[pP](?:[LN]|\{(?:Cyrillic|Greek|Latin)\})"
_MEMBER = rf"(?:{_SAME}|(?!&&|~~)[^\\\[\]^\ud800-\udfff-])"
_CLASS = rf"\[\^?-?(?:{_MEMBER}-{_MEMBER}|{_MEMBER}|\\[dws]|{_LETTERS})*-?\]"
_TOKEN = re.compile(
    rf"(?P<perl>\\[dwsDWS])|(?P<edge>\\b(?!\{{))|(?P<letters>{_LETTERS})"
    rf"|(?P<class>(?!\[\^?-?\]){_CLASS})|(?P<counted>\{{[0-9]+(?:,[0-9]*)?\}}\??)"
    rf"|(?P<same>(?:{_SAME}|{_PLAIN}|[.^$)|]|[*+?]\??|\((?:\?[ims]*:|\?[ims]+\)|\?P<[A-Za-z]\w*>|(?!\?)))++)"
)
"""What stays the same is one token as far as it goes: long patterns are hardly anything else."""
_HAS_LETTERS = re.compile(_LETTERS)
_ANY_CASE = re.compile(r"\(\?[ms]*i")
_NEW_CASES = re.compile(r"[^\x00-ÿЀ-џ]|(?<![Ѐ-џ])-[Ѐ-џ]")
"""Characters, or a range of them, that may have a capital in a later version of Unicode: U+0264 has one since 16."""
_PERL_IN_CLASS = re.compile(r"\\(?:([dws])|.)", re.DOTALL)


class Counterpart(NamedTuple):
    """A pattern in the other syntax."""

    source: str
    ascii_only: bool
    """Whether they are certain to mean the same of ASCII texts alone: other versions of Unicode have other letters.

    In any case of letters, they are certain of those of Latin-1 and of Russian besides.
    """


def counterpart(pattern: str) -> Counterpart | None:
    """Write a pattern that RE2 reads for the other; None where it is not certain to mean the same."""
    written, place = [], 0
    letters = _ANY_CASE.search(pattern) is not None and _NEW_CASES.search(pattern) is not None
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None:
            return None
        kind = token.lastgroup or ""
        written.append(_written(token[0], kind))
        letters |= kind in {"letters", "class"} and _HAS_LETTERS.search(token[0]) is not None
        place = token.end()
    return Counterpart("".join(written), letters)


def _written(token: str, kind: str) -> str:
    match kind:
        case "perl":
            return f"[{'^' if token[1].isupper() else ''}{_PERL[token[1].lower()]}]"
        case "edge":
            return f"(?-u:{token})"
        case "class":
            return _PERL_IN_CLASS.sub(lambda escape: _PERL[escape[1]] if escape[1] else escape[0], token)
    return token
