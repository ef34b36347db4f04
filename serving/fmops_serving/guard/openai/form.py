"""What users send in a form, as requests for transcriptions are: every field but the model's name and the sound.

A form that two readers could read in two ways is not read at all.
"""

import re

from fmops_serving.guard.openai.places import Text
from fmops_serving.guard.openai.request import Unreadable

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_DISPOSITION = re.compile(
    rb'content-disposition:[ \t]*form-data;[ \t]*name="([^"\\\r\n]{1,100})"(;[ \t]*filename="[^"\r\n]*")?[ \t]*',
    re.IGNORECASE,
)
_TYPE = re.compile(rb"content-type:[^\r\n]*", re.IGNORECASE)
_SOUND, _MODEL = b"file", b"model"


def texts_of_form(content_type: str, body: bytes) -> list[Text]:
    """Give the text of every field. Raises Unreadable."""
    boundaries = _BOUNDARY.findall(content_type)
    if len(boundaries) != 1 or content_type.lower().count("boundary") != 1:
        raise Unreadable("the form must say one boundary")
    mark = b"\r\n--" + "".join(boundaries[0]).encode("latin-1")
    first, *parts, last = (b"\r\n" + body).split(mark)
    if first or last not in {b"--", b"--\r\n"}:
        raise Unreadable("the form must begin and end with its boundary")
    return [text for part in parts if (text := _text(part)) is not None]


def _text(part: bytes) -> Text | None:
    head, blank, content = part.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    found = _DISPOSITION.fullmatch(lines[1]) if len(lines) > 1 else None
    if not blank or lines[0] or found is None or not all(_TYPE.fullmatch(line) for line in lines[2:]):
        raise Unreadable("a part of the form has other headers than its name and its type, or none")
    name, file = found.groups()
    if file is not None:
        if name != _SOUND:
            raise Unreadable(f"{name.decode('utf-8', 'replace')} is a file, and only `file` may be one")
        return None
    if name == _MODEL:
        return None
    try:
        return Text(content.decode(), None)
    except UnicodeDecodeError:
        raise Unreadable(f"{name.decode('utf-8', 'replace')} is no text in UTF-8") from None
