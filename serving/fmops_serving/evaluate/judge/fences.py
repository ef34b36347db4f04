"""Data inside a prompt: fenced, quoted line by line, so that nothing in it can pass for the end of it."""

import re
import unicodedata

QUOTE = "| "
"""In front of every line of data; no line of ours begins so."""
REMOVED = "(a marker stood here)"
_SAME_LOOK = str.maketrans(
    "авеѕіԁткгсԝոɡαβειντκωɩı꞊═⹀᐀゠≡＝",
    "abesidtkrcwngabeintkwii=======",
)
"""Small letters of other scripts, and signs, by what they pass for in a marker. The quoting does not depend on it."""
_MARKER = re.compile(r"(?<!=)={2,}+[^\w=]{0,8}(begin|end)[\W_]{1,8}(task|reference|answer)([^\w=]{0,8}={2,}+)?")


def fenced(name: str, data: str) -> str:
    """Put data between markers: `name` is TASK, REFERENCE or ANSWER.

    Every line of it, at whatever Unicode calls a line end, is quoted, and what reads as a marker is taken out.
    """
    lines = without_markers(data).splitlines() or [""]
    return "\n".join([f"=== BEGIN {name} ===", *(f"{QUOTE}{line}" for line in lines), f"=== END {name} ==="])


def without_markers(data: str) -> str:
    """Take out what reads as one of our markers, in any case, width or look-alike letters, invisible ones between."""
    folded, origin = _skeleton(data)
    kept, end = [], 0
    for found in _MARKER.finditer(folded):
        kept += [data[end : origin[found.start()]], REMOVED]
        end = origin[found.end() - 1] + 1
    return "".join([*kept, data[end:]])


def _skeleton(data: str) -> tuple[str, "list[int] | range"]:
    """Fold a text to how it looks, with the place in `data` that each character comes from."""
    if data.isascii():
        return data.lower(), range(len(data))
    folded: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(data):
        for plain in _look_of(character):
            folded.append(plain)
            origin.append(place)
    return "".join(folded), origin


def _look_of(character: str) -> str:
    if character.isascii():
        return character.lower()
    if unicodedata.category(character) in {"Cf", "Mn"}:
        return ""
    return unicodedata.normalize("NFKC", character).casefold().translate(_SAME_LOOK)
