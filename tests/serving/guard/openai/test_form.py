"""What of a form is looked at, and which forms are refused."""

import pytest

from fmops_serving.guard.openai.form import texts_of_form
from fmops_serving.guard.openai.request import Unreadable

TYPE = "multipart/form-data; boundary=b"


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


SOUND = part("file", b"RIFF\xff\r\n\r\n", '; filename="a.wav"\r\nContent-Type: audio/wav')


def test_every_field_but_the_model_and_the_sound_is_a_text() -> None:
    form = SOUND + part("model", b"tiny") + part("prompt", "schön".encode()) + part("x", b"y") + b"--b--\r\n"
    assert [each.text for each in texts_of_form(TYPE, form)] == ["schön", "y"]
    assert [each.text for each in texts_of_form('multipart/form-data; boundary="b"', form)] == ["schön", "y"]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("multipart/form-data", SOUND + b"--b--"),
        (TYPE + "; boundary=c", SOUND + b"--b--"),
        (TYPE + "; boundary*=c", SOUND + b"--b--"),
        (TYPE, b"before" + SOUND + b"--b--"),
        (TYPE, SOUND),
        (TYPE, SOUND + b"--b--\r\nafter"),
        (TYPE, SOUND + part("prompt", b"x", '; filename="x"') + b"--b--"),
        (TYPE, SOUND + part("prompt", b"eA==", "\r\nContent-Transfer-Encoding: base64") + b"--b--"),
        (TYPE, SOUND + part("prompt", b"x", "; name*=utf-8''y") + b"--b--"),
        (TYPE, SOUND + part("prompt", b"\xff") + b"--b--"),
        (TYPE, SOUND + b"--b\r\nx: y\r\n\r\nx\r\n--b--"),
        (TYPE, SOUND + b"--b \r\n" + part("prompt", b"x")[5:] + b"--b--"),
    ],
)
def test_a_form_that_can_be_read_in_two_ways_is_not_read(kind: str, form: bytes) -> None:
    with pytest.raises(Unreadable):
        texts_of_form(kind, form)
