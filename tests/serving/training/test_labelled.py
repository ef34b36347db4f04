"""Labelled texts: what is read of which file, and what is said of a file that cannot be trained on."""

import json
from pathlib import Path

import pytest

from fmops_serving.training.labelled import BadTexts, Fields, Labelled, digest, read_texts

ENOUGH = [{"text": f"text {number}", "toxic": number % 2 == 0} for number in range(40)]


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_json_lines_and_csv_give_the_same(tmp_path: Path) -> None:
    rows = [{**row, "kind": "threat" if row["toxic"] else ""} for row in ENOUGH]
    lines = jsonl(tmp_path / "a.jsonl", *rows)
    table = tmp_path / "a.csv"
    text = "".join(f'"{row["text"]}",{int(bool(row["toxic"]))},{row["kind"]}\n' for row in rows)
    table.write_text("\ufefftext,toxic,kind\n" + text, "utf-8")
    assert read_texts([lines]) == read_texts([table])
    assert read_texts([lines])[:2] == [Labelled("text 0", True, "threat"), Labelled("text 1", False, "")]


def test_fields_may_have_other_names_and_a_text_counts_once(tmp_path: Path) -> None:
    rows = [{"comment": row["text"], "label": str(row["toxic"])} for row in ENOUGH]
    first, again = jsonl(tmp_path / "a.jsonl", *rows), jsonl(tmp_path / "b.jsonl", *rows)
    texts = read_texts([first, again], Fields("comment", "label"))
    assert len(texts) == len(ENOUGH)
    assert sum(each.toxic for each in texts) == 20


def test_the_digest_tells_texts_and_labels_apart() -> None:
    texts = [Labelled("a", True), Labelled("b", False)]
    assert digest(texts) == digest([Labelled("a", True, "threat"), Labelled("b", False)]), "the class is for reports"
    assert len({digest(texts), digest(texts[::-1]), digest([Labelled("a", False), Labelled("b", False)])}) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"text": 5, "toxic": true}\n', "text is to be a text, it is 5"),
        ("a.txt", "hello", "end in .jsonl or .csv"),
        ("a.jsonl", '{"text": "a", "toxic": true}\n\nnonsense\n', r"a\.jsonl:3 is no JSON"),
        ("a.jsonl", "[1, 2]\n", r"a\.jsonl:1 is no JSON object: \[1, 2\]"),
        ("a.jsonl", '{"txt": "a", "toxic": true}\n', "has no text: name one of txt, toxic by --text-field"),
        ("a.jsonl", '{"text": "  ", "toxic": true}\n', r"text is to be a text, it is '  '"),
        ("a.jsonl", '{"text": "a", "toxic": "maybe"}\n', r"toxic is to be true or false, 1 or 0; it is 'maybe'"),
        ("a.jsonl", '{"text": "a"}\n', "has no toxic: name one of text by --label-field"),
        ("a.jsonl", '{"text": "a", "toxic": 1}\n{"text": "a", "toxic": 0}\n', ":2: the same text has the other toxic"),
        ("a.jsonl", '{"text": "a", "toxic": 1}\n', "1 texts with toxic true: at least 20 of each are needed"),
        ("a.csv", "text,label\na,1\n", r"a\.csv:2 has no toxic: name one of text, label by --label-field"),
        ("a.csv", 'text,toxic\n"a" b,1\n', r"a\.csv:2 is no CSV"),
    ],
)  # fmt: skip
def test_a_bad_file_is_told_with_its_place(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadTexts, match=said):
        read_texts([tmp_path / name])


def test_a_file_that_is_not_there_or_not_utf8_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTexts, match=r"gone\.jsonl: No such file"):
        read_texts([tmp_path / "gone.jsonl"])
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "\xff"}')
    with pytest.raises(BadTexts, match="is not UTF-8"):
        read_texts([tmp_path / "a.jsonl"])
