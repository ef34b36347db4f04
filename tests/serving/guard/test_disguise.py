"""What a disguise is, what it stands for, and what only looks like one."""

import time
from itertools import product

import pytest

from fmops_serving.guard.disguise import Reading, readings
from fmops_serving.guard.folding import fold, unfolded
from fmops_serving.guard.toxicity import toxicity

DISGUISES = [
    ("numbers for letters", "an 1d1ot", "1d1ot", "idiot"),
    ("signs for letters", "$hit happens", "$hit", "shit"),
    ("an exclamation mark inside", "b!tch", "b!tch", "bitch"),
    ("one and l", "asshо1e", "asshо1e", "asshole"),
    ("letters apart", "oh f u c k it", "f u c k", "fuck"),
    ("letters apart by full stops", "f.u.c.k", "f.u.c.k", "fuck"),
    ("letters apart in numbers", "s h 1 t", "s h 1 t", "shit"),
    ("a hyphen inside", "fu-ck", "fu-ck", "fuck"),
    ("one letter masked", "f*ck off", "f*ck", "fuck"),
    ("two letters masked", "sh*#ty", "sh*#ty", "shitty"),
    ("a letter repeated", "fuuuuuck", "fuuuuuck", "fuck"),
    ("two letters repeated, one of them double", "kiiilll", "kiiilll", "kill"),
    ("three letters apart that are all of a word", "oh k y s", "k y s", "kys"),
    ("a sign for a Russian letter", "бл@дь", "бл@дь", "блядь"),
    ("a Cyrillic letter among Latin ones", "fцck", "fцck", "fuck"),
    ("a Latin letter among Cyrillic ones", "xуйня", "xуйня", "хуиня"),
    ("Greek letters among Latin ones", "ιdiοt", "ιdiοt", "idiot"),
    ("a threat in numbers", "k1ll", "k1ll", "kill"),
]
ORDINARY = [
    "A4 paper at 3pm, 50 % off",
    "**bold** and *italic* and `code`",
    "the a55 road and the B00 class",
    "x-ray, v2.0, b2b, e-mail, 3d-printer",
    "C O M M I T in S T A G E S",
    "https://example.org/ass/1234?q=a+b",
    "Ahhhh, sooo good, brrrr",
    "c*o and 5*4 and **",
    "1 2 3 4 5 6",
    "обед в 12:00, кабинет 3б",
]


def read(folded: str) -> list[Reading]:
    return readings(folded, toxicity().known, toxicity().suspicious(folded))


@pytest.mark.parametrize(("text", "piece", "word"), [row[1:] for row in DISGUISES], ids=[row[0] for row in DISGUISES])
def test_a_disguise_is_undone_where_it_stands(text: str, piece: str, word: str) -> None:
    folded = fold(text)
    (found,) = [each for each in read(folded) if each.word == word]
    start, end = unfolded(text, found.start, found.end)
    assert text[start:end] == piece


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_no_disguise_stays(text: str) -> None:
    assert read(fold(text)) == []


MASKED = [
    ("a word of a list", "id*ot", True),
    ("two letters of a word of a list", "i**ot", True),
    ("a stem inside a compound", "megaf*cker", True),
    ("a stem that begins", "sh*tty", True),
    ("a stem that does not begin", "barf*tze", False),
    ("a name of a program", "oom*score*adj", False),
    ("another length", "idi*ots", False),
    ("a Russian stem", "п*здец", True),
]


@pytest.mark.parametrize(("masked", "known"), [row[1:] for row in MASKED], ids=[row[0] for row in MASKED])
def test_whether_letters_make_a_masked_word_known_is_told_without_trying_them(masked: str, known: bool) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz" if masked.isascii() else "абвгдежзиклмнопрстуфхцчшщъыьэюя"
    tried = (masked.replace("*", "{}").format(*fill) for fill in product(letters, repeat=masked.count("*")))
    assert (toxicity().known.first(tried) != "") == known
    assert toxicity().known.may_be(masked) == known


FOLDED = [
    ("wide letters", "ＦＯＯ", "foo"),
    ("mathematical letters", "𝐟𝐨𝐨", "foo"),
    ("accents", "fóö", "foo"),
    ("small capitals", "ꜰᴏᴏ", "foo"),
    ("letters in boxes, in circles and of flags", "🅵🄾🅾 🅕🅞🅞 🇫🇴🇴", "foo foo foo"),
    ("zero width", "f\u200bo\u00ado\u2060", "foo"),
    ("combining marks", "f\u0336o\u0336o\u0336", "foo"),
    ("a sharp s", "Straße", "strasse"),
    ("a Russian short i", "Йод, ёж", "иод, еж"),
    ("a ligature", "ﬁn", "fin"),
]


@pytest.mark.parametrize(("text", "wanted"), [row[1:] for row in FOLDED], ids=[row[0] for row in FOLDED])
def test_texts_that_look_alike_become_alike(text: str, wanted: str) -> None:
    assert fold(text) == wanted


@pytest.mark.parametrize("text", ["aﬁb", "x\u200by", "İz", "ß", "ab"])
def test_every_place_in_a_folded_text_leads_back(text: str) -> None:
    folded = fold(text)
    for place in range(len(folded)):
        start, end = unfolded(text, place, place + 1)
        assert folded[place] in fold(text[start:end])


def test_a_hostile_text_takes_no_longer_than_its_length() -> None:
    def took(text: str) -> float:
        began = time.thread_time()
        read(fold(text))
        return time.thread_time() - began

    for piece in ("a.", "1a", "f*", "a a ", "aaa", "f u "):
        short = min(took(piece * 300) for _ in range(3))
        assert took(piece * 3000) < 40 * short, "10 times as long; its square would be 100 times as much"
