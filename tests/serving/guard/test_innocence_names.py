"""Names of programs, with digits and low lines in them, are told at a glance, and what they disguise is not."""

from random import Random

import pytest

from tests.serving.guard.test_innocence import ORDINARY, alike, every_kind_of_word, glance, told
from tests.support.native import needs_native

pytestmark = needs_native
NAMES = [
    "get_weather",
    "user_id",
    "max_tokens",
    "snake_case_of_five_words",
    "_private",
    "__init__",
    "x_1",
    "utf8",
    "h264",
    "covid19",
    "3d-printer",
    "2nd",
    "v2.1",
    "call_a1b2c3",
    "chatcmpl-9fGh2kQ7",
    "f_string",
    "sh_mem",
    "d1",
    "as_2",
    "k8s",
    "0x1f",
    "20th-century-fox",
    "foo_bar.baz",
    "some_module.py",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_programs_are_told(name: str) -> None:
    assert told(f'Please call {name}, or "{name}" – as usual; {name.upper()}: {name}')


LEET = str.maketrans("oieasgtb", "01345670")
"""Digits for letters; a 0 for a b is no disguise that is known."""


def disguised(word: str, random: Random) -> str:
    """Write a word with some digits for letters, or some letters not shown."""
    way = random.choice(["digits", "some", "low lines", "name"])
    if way == "digits":
        return word.translate(LEET)
    if way == "name":
        return f"{random.choice(ORDINARY)}_{word}{random.choice(['', '1', '_x', '_2'])}"
    places = {random.randrange(len(word)) for _ in range(random.randint(1, 3))}
    hidden = (lambda each: each.translate(LEET)) if way == "some" else lambda _: "_"
    return "".join(hidden(each) if place in places else each for place, each in enumerate(word))


def test_what_names_and_digits_disguise_is_left_to_python_and_nothing_else() -> None:
    random, found = Random(11), 0
    kinds = [[word for word in kind if word.isascii() and word] for kind in every_kind_of_word()]
    for _ in range(4000):
        word = disguised(random.choice(random.choice(kinds)), random)
        text = (
            f"{random.choice(ORDINARY)} {random.choice(['', '(', chr(34)])}{word}{random.choice(['', ',', '!', '. '])}"
        )
        alike(text)
        found += glance().probability(text) is not None
    assert 1000 < found < 3500


@pytest.mark.parametrize(
    "word",
    [
        *("1d1ot", "sh1t", "f_ck", "b_tch", "a55hole", "you_idiot", "_fuck_", "x_cunt1", "m_r_n"),
        *("fu-uu-ck", "f_uuu_ck", "id-iii-ot"),  # letters three times, once what parts them is left out
        *("schwanzlutschers_x", "vorarephiliaaers1"),  # longer than what is kept of a word
        *("1_2 3_4 5_6", "f _u_ c _k"),
    ],
)
def test_a_disguised_word_is_no_name(word: str) -> None:
    assert not told(f"What a {word} it is.")
