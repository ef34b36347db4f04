"""JSON lines: each faulty line is told by its number."""

import hashlib
import tracemalloc

import pytest

from fmops_serving.prompts.sources import HeldDigests, read_source

FAULTY = (
    ("no JSON", "{oops}", "is not JSON: Expecting property name enclosed in double quotes at column 2"),
    ("a list", "[1]", "must be fields (an object), found a list"),
    ("no id", '{"input": "x"}', "id: is required and missing"),
    ("a number as id", '{"id": 5, "input": "x"}', "id: must be text, found 5"),
    ("a mistyped field", '{"id": "a", "inptu": "x"}', "inptu: there is no such field; did you mean input?"),
    ("a name twice", '{"id": "a", "id": "b"}', "id stands twice in one object"),
    ("no JSON number", '{"id": "a", "variables": {"x": NaN}}', "NaN is no JSON number"),
    ("endless nesting", '{"id": "a", "variables": {"x": ' + "[" * 100_000 + "}}", "is nested too deeply"),
    ("an endless number", '{"id": "a", "variables": {"x": ' + "9" * 5000 + "}}", "Exceeds the limit"),
)


@pytest.mark.parametrize(("line", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_faulty_line_is_told_by_its_number(line: str, words: str) -> None:
    content = read_source("golden", f'{{"id": "first", "input": "x"}}\n\n{line}\n')
    assert [fault.path for fault in content.faults] == ["spec.sources[golden] line 3"]
    assert words in content.faults[0].message
    assert content.status.entries == 1


def test_an_id_that_stands_twice_is_told_with_both_lines() -> None:
    content = read_source("g", '{"id": "a", "input": "x"}\n{"id": "a", "input": "y"}')
    assert [str(fault) for fault in content.faults] == ["spec.sources[g] line 2: id a stands on line 1 already"]


def test_windows_line_ends_a_byte_order_mark_and_odd_separators_are_read() -> None:
    content = read_source("g", '\ufeff{"id": "a", "input": "one\u2028two"}\r\n{"id": "b", "input": "x"}\r\n')
    assert not content.faults
    assert [example.input for example in content.examples] == ["one\u2028two", "x"]


def test_a_thousand_faulty_lines_are_told_in_twenty_one() -> None:
    content = read_source("g", "x\n" * 1000)
    assert len(content.faults) == 21
    assert str(content.faults[-1]) == "spec.sources[g]: 980 more lines are faulty"


def test_an_empty_source_is_read_as_nothing() -> None:
    for text in ("", "\n \n"):
        content = read_source("g", text)
        assert (content.examples, content.faults, content.status.entries) == ([], [], 0)


def test_digests_take_a_little_more_than_their_bytes_and_come_in_their_order() -> None:
    held, many = HeldDigests(), 20_000
    tracemalloc.start()
    for number in range(many):
        held.append(hashlib.sha256(b"%d" % number).digest())
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 42 * many, "each is 32 bytes"
    assert list(held.ordered()) == sorted(hashlib.sha256(b"%d" % number).digest() for number in range(many))
