"""Vectors: what is a good one, how two are compared, and how they are kept."""

import math
from array import array
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.evaluationplan import Candidate
from fmops_serving.evaluate.embed.reply import vectors_in
from fmops_serving.evaluate.embed.vectors import Cause, Vectors, hash_of, packed, similarity, unpacked
from fmops_serving.evaluate.faults import Fault

EMBEDDER = Candidate(name="minilm", url="http://minilm/v1", model="minilm", revision="r1")
NUMBERS = st.floats(-100, 100, width=32)


def kept(numbers: Sequence[float]) -> Sequence[float]:
    vectors = Vectors(EMBEDDER)
    vectors.keep(hash_of("x"), array("f", numbers))
    found = vectors.of("x")
    assert found is not None
    return found


@settings(max_examples=50)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=40))
def test_the_similarity_is_that_of_numpy(pairs: list[tuple[float, float]]) -> None:
    one, other = (np.array(side, dtype=np.float32) for side in zip(*pairs, strict=True))
    if min(np.linalg.norm(one), np.linalg.norm(other)) < 1e-3:
        return
    expected = (
        float(one.astype(float) @ other.astype(float)) / math.hypot(*map(float, one)) / math.hypot(*map(float, other))
    )
    found = similarity(kept(list(one)), kept(list(other)))
    assert found == pytest.approx(expected, abs=1e-5)
    assert -1.0 <= found <= 1.0


@given(st.lists(NUMBERS, max_size=20))
def test_a_vector_comes_back_from_its_row_as_it_was(numbers: list[float]) -> None:
    assert list(unpacked(packed(array("f", numbers)))) == numbers


@pytest.mark.parametrize(
    ("numbers", "cause"),
    [
        ([1.0, 0.0, 2.0], None),
        ([1.0, math.nan, 2.0], Cause.NOT_FINITE),
        ([1.0, math.inf, 2.0], Cause.NOT_FINITE),
        ([1.0, 1e300, 2.0], Cause.NOT_FINITE),
        ([0.0, 0.0, 0.0], Cause.ZERO),
        ([0.0, 1e-60, 0.0], Cause.ZERO),
        ([], Cause.ZERO),
        ([1.0, 2.0], Cause.WRONG_LENGTH),
    ],
)
def test_a_vector_of_which_nothing_can_be_said_has_a_cause(numbers: list[float], cause: Cause | None) -> None:
    vectors = Vectors(EMBEDDER)
    vectors.keep("first", [0.0, 1.0, 0.0])
    found = vectors.fault(array("f", numbers))
    assert (found[0] if found else None) == cause


def test_an_empty_text_is_a_blank_and_every_other_text_is_itself() -> None:
    assert hash_of("") == hash_of(" ") != hash_of("  ")
    for other in ({"revision": "r2"}, {"url": "http://other/v1"}, {"model": "other"}):
        assert Vectors(EMBEDDER.model_copy(update=other)).embedder_hash != Vectors(EMBEDDER).embedder_hash


def test_numbers_that_are_none_do_not_hide_the_vectors_beside_them() -> None:
    found = vectors_in(b'{"data": [{"index": 1, "embedding": [NaN, 1]}, {"index": 0, "embedding": [null, 2.5]}]}')
    assert [list(map(math.isnan, found.vectors[place])) for place in (0, 1)] == [[True, False], [True, False]]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"data": 5}',
        b'{"data": [{"index": 0}]}',
        b'{"data": [{"index": 0, "embedding": "AAAA"}]}',
        b"[]",
        b"\xff",
    ],
)
def test_what_is_no_answer_of_embeddings_is_a_fault(body: bytes) -> None:
    with pytest.raises(Fault, match="the embedder sent"):
        vectors_in(body)
