"""Stems of profanity that no ordinary word has, so that a compound or an ending does not hide them.

`INSIDE` may stand anywhere in a word, `BEGINNING` only where one begins: "harsch" and "небанальный" are ordinary words.
Folded, as folding.py does: ß is ss, й is и, ё is е.
"""

import re2

INSIDE = "fuck|asshole|bitch|cocksuck|dickhead|faggot|wichser|arschloch|arschgeige|hurensohn|hurenkind|fickfehler|пизд"
BEGINNING = (
    "motherf|shit(?:t|h|b|f|s|l|p)|cunt|nigger|whore|verfick|ficke[rn]|scheiss|arschl|arschg|beschissen|verschissen|fotze|"
    "бля(?:д|т)|мудак|мудач|мудил|залуп|гандон|долбо(?:е|и)б|"
    "(?:на|по|о|от|вы|за|при|до|у|раз|подъ|съ|въ|ни)?(?:хуе(?:в|т|с|п)|хуи|хуя|ебан|ебат|ебал|ебуч|ебну|ебл)"
)
IN_LINE = rf"{INSIDE}|(?:^| )(?:{BEGINNING})"
"""A stem somewhere in a text's units, one space apart: enough to say whether there is one."""
STEM = re2.compile(rf"(?:^|[^\pL])(\pL*(?:{INSIDE})\pL*|(?:{BEGINNING})\pL*)")
