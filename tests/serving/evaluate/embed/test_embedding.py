"""Cosine with an embedder: what it is asked, what becomes of its faults, and that no text is asked for twice."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import Candidate, Figure
from fmops_api.metric import Metric
from tests.serving.evaluate.plans import LABELS, Order, label_of, number_in, write_order
from tests.serving.evaluate.runs import right, run, summary
from tests.support.openai_server import Asked, Behaviour, Hangs, OpenAIServer, Says, Status, Vectors, openai_server

COSINE = Metric.model_validate({"name": "similarity", "type": "Cosine", "embedder": {"name": "minilm"}})
AXES = {**{label: [float(at == place) for at in range(4)] for place, label in enumerate(LABELS)}, " ": [1.0, 1.0, 0, 0]}
Embed = Callable[[Sequence[str], int], Vectors | Behaviour]


def seen(texts: Sequence[str], before: int) -> Vectors:
    """Every label has an axis of its own, a blank lies between the first two, and "near" is near refund."""
    return Vectors([AXES.get(text, [0.0, 0.8, 0.6, 0.0]) for text in texts])


@dataclass(frozen=True)
class Desk:
    """The server of a candidate and an embedder, and the order for the runner."""

    server: OpenAIServer
    order: Order

    @property
    def texts(self) -> list[str]:
        """Every text that the embedder was asked for, in order."""
        return [text for body in self.server.embedded for text in body["input"]]

    def figure(self, name: str = "similarity") -> Any:
        """A figure of the run."""
        return next(result for result in summary(self.order).results if result.metric == name)

    def rows(self) -> list[dict[str, Any]]:
        """What is kept of the embedder."""
        path = self.order.run.vectors("tiny", "minilm")
        return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def desk(
    folder: Path, embed: Embed = seen, candidate: Callable[[Asked], Behaviour] = right, **changes: Any
) -> Iterator[Desk]:
    """Open the server and write the order."""
    with openai_server(candidate) as server:
        server.embed = embed
        embedder = Candidate(name="minilm", url=server.url, model="all-minilm", task="Embedding", revision="e1")
        changes = {"count": 8, "metrics": [COSINE], "figures": [Figure(metric="similarity")], **changes}
        yield Desk(server, write_order(folder, server.url, embedders=[embedder], **changes))


def test_right_answers_point_where_their_references_do(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        done = run(here.order)
    assert done.exit_code == 0, done.stderr
    found = here.figure()
    assert (found.value, found.high, found.n, found.unscored) == ("1", "1", 8, 0)
    assert float(found.low) < 0.5, "eight answers that are all right are no certainty"
    assert found.signature == "cosine|minilm@e1|dim:4|best|t|v1"
    assert here.figure("coverage").value == "1"
    assert sorted(here.texts) == sorted(LABELS), "every text once, whoever says it"
    (body,) = here.server.embedded
    assert (body["model"], body["encoding_format"]) == ("all-minilm", "float")
    assert body["headers"]["Content-Type"] == "application/json"


def test_what_is_near_and_what_is_empty_has_its_angle(tmp_path: Path) -> None:
    says = {0: "", 1: "near", 2: "<think>refund?</think>\n\nshipping", 3: "other"}
    with desk(tmp_path, candidate=lambda asked: Says(says[number_in(asked.prompt)]), count=4) as here:
        assert run(here.order).exit_code == 0
    assert here.figure().value == "0.8768", "the mean of cos 45°, 0.8, 1 and 1"
    assert {" ", "near"} < set(here.texts)
    assert "" not in here.texts


def test_a_second_start_asks_for_nothing_again(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        run(here.order)
        first = summary(here.order)
        run(here.order)
        assert len(here.texts) == len(LABELS)
        assert summary(here.order).results == first.results


def test_another_revision_of_the_embedder_is_asked_anew_and_may_have_other_lengths(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        run(here.order)
        moved = [each.model_copy(update={"revision": "e2"}) for each in here.order.plan.embedders or ()]
        here.server.embed = lambda texts, before: Vectors([[*AXES[text], 0.0] for text in texts])
        order = write_order(tmp_path, here.server.url, 8, [COSINE], embedders=moved)
        assert run(order).exit_code == 0
    assert len(here.texts) == 2 * len(LABELS)
    assert (here.figure().value, here.figure().signature) == ("1", "cosine|minilm@e2|dim:5|best|t|v1")


def test_texts_go_in_batches_of_which_several_are_under_way(tmp_path: Path) -> None:
    with desk(tmp_path, candidate=lambda asked: Says(f"answer {number_in(asked.prompt)}"), count=100) as here:
        assert run(here.order).exit_code == 0
    assert len(here.texts) == len(set(here.texts)) == 100 + len(LABELS)
    assert [len(body["input"]) for body in here.server.embedded].count(32) == 3
    assert here.figure().n == 100


FAULTY = {
    "NotFinite": lambda texts, before: Vectors(
        [[None, 1.0, 0, 0] if text == "other" else AXES[text] for text in texts]
    ),
    "WrongLength": lambda texts, before: Vectors([[1.0] if text == "other" else AXES[text] for text in texts]),
    "Zero": lambda texts, before: Vectors([[0.0] * 4 if text == "other" else AXES[text] for text in texts]),
    "Missing": lambda texts, before: Vectors([None if text == "other" else AXES[text] for text in texts]),
    "Refused": lambda texts, before: Status(400) if "other" in texts else seen(texts, before),
    "NoAnswer": lambda texts, before: Status(500) if "other" in texts else seen(texts, before),
}


@pytest.mark.parametrize("cause", FAULTY)
def test_a_text_without_a_vector_is_unscored_with_its_cause(cause: str, tmp_path: Path) -> None:
    # A server error takes a whole batch down, which here is all there is.
    with desk(tmp_path, FAULTY[cause], execution={"retries": 0}) as here:
        done = run(here.order)
    assert done.exit_code == 0, done.stderr
    found, lost = here.figure(), 8 if cause == "NoAnswer" else 2
    assert (found.n, found.unscored) == (8 - lost, lost)
    assert here.figure("coverage").value == ("0" if lost == 8 else "0.75")
    assert summary(here.order).embedder_faults == {f"minilm/{cause}": 4 if lost == 8 else 1}
    assert f"texts have no vector: minilm/{cause}" in done.stdout
    row = next(row for row in here.rows() if row["cause"])
    assert row["vector"] is None
    assert row["error"]


def test_a_refused_batch_is_asked_in_halves_and_only_a_failed_one_again_later(tmp_path: Path) -> None:
    with desk(tmp_path, FAULTY["Refused"]) as here:
        run(here.order)
        assert sorted(len(body["input"]) for body in here.server.embedded) == [1, 1, 2, 2, 4]
        run(here.order)
        assert len(here.server.embedded) == 5, "a refusal is the embedder's word"
    (tmp_path / "again").mkdir()
    with desk(tmp_path / "again", FAULTY["NoAnswer"], execution={"retries": 0}) as here:
        run(here.order)
        here.server.embed = seen
        run(here.order)
        assert here.figure().unscored == 0


def test_a_busy_embedder_is_waited_for(tmp_path: Path) -> None:
    def busy(texts: Sequence[str], before: int) -> Vectors | Behaviour:
        return seen(texts, before) if before else Status(429, {"Retry-After": "0"})

    with desk(tmp_path, busy) as here:
        assert run(here.order).exit_code == 0
    assert here.figure().n == 8
    assert [row["attempts"] for row in here.rows()] == [2] * 4


@pytest.mark.parametrize(
    ("embed", "sentence"),
    [
        (lambda texts, before: Status(404), "fmops: embedder minilm: the endpoint has no such model or path (404)"),
        (lambda texts, before: Status(401), "fmops: embedder minilm: the endpoint refuses the API key (401)"),
    ],
)
def test_an_embedder_that_is_not_there_leaves_the_candidate_unmeasured(
    embed: Embed, sentence: str, tmp_path: Path
) -> None:
    with desk(tmp_path, embed) as here:
        done = run(here.order)
    assert done.exit_code == 4
    assert sentence in done.stderr


def test_the_key_comes_from_the_environment(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        update = {"api_key_variable": "FMOPS_EMBEDDER_API_KEY_0"}
        keyed = [embedder.model_copy(update=update) for embedder in here.order.plan.embedders or ()]
        order = write_order(tmp_path, here.server.url, 4, [COSINE], embedders=keyed)
        assert run(order, FMOPS_EMBEDDER_API_KEY_0="sesame").exit_code == 0
        assert here.server.embedded[0]["headers"]["Authorization"] == "Bearer sesame"


def test_a_comparison_reads_the_similarities_and_asks_nobody(tmp_path: Path) -> None:
    def by_model(asked: Asked) -> Behaviour:
        number = number_in(asked.prompt)
        return Says(label_of(number) if asked.body["model"] == "tiny" or number else "near")

    with desk(tmp_path, candidate=by_model) as here:
        models = [Candidate(name=name, url=here.server.url, model=name, revision="r") for name in ("other", "tiny")]
        order = write_order(
            tmp_path, here.server.url, 8, [COSINE], embedders=here.order.plan.embedders, candidates=models,
            baseline="tiny",
        )  # fmt: skip
        for index in "01":
            assert run(order, "--index", index).exit_code == 0
        asked = len(here.server.embedded)
        assert run(order, "--stage", "compare").exit_code == 0
        assert len(here.server.embedded) == asked
    found = next(result for result in summary(order).results if result.metric == "similarity")
    assert (found.value, found.n) == ("-0.125", 8), "near is at right angles to billing, the rest is equal"
    assert found.signature == "cosine|minilm@e1|best|paired|t|v1"


def test_an_embedder_that_never_answers_ends_with_the_run(tmp_path: Path) -> None:
    execution = {"retries": 0, "run_timeout": "1s"}
    with desk(tmp_path, lambda texts, before: Hangs(), execution=execution) as here:
        done = run(here.order)
    assert done.exit_code == 4
    assert "runTimeout (1s) passed with 0 texts embedded" in summary(here.order).error
    assert summary(here.order).reason == "RunTimedOut"
