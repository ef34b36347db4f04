"""Static vectors: those of their package's own code, without it, and what is said where they are missing."""

import logging
import struct
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from fmops_api.metric import Metric
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.embed import static
from fmops_serving.evaluate.embed.static import NoStaticVectors, word_llama
from fmops_serving.evaluate.embed.vectors import similarity
from fmops_serving.evaluate.score.metricfaults import missing_data
from fmops_serving.evaluate.score.metrics import scorer_of
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from tests.serving.evaluate.laptop import evaluate, resource, run_spec, status, write
from tests.serving.evaluate.plans import catalog_spec
from tests.serving.evaluate.runs import right
from tests.support.openai_server import openai_server

NEAR = {"name": "near", "type": "Cosine", "embedder": {"static": "WordLlama"}}
TEXTS = ["How do I reset my password?", "Straße, 東京 & café", "a", "word " * 400, "\n\t", "🙂"]


@pytest.fixture(scope="module")
def oracle() -> object:
    """The package's own code, which sets up logging for the whole process when it is imported."""
    root, level = list(logging.root.handlers), logging.root.level
    from wordllama.inference import WordLlamaInference  # noqa: PLC0415

    logging.root.handlers[:], logging.root.level = root, level
    files = distribution("wordllama")
    table = load_file(str(files.locate_file(static._TABLE)))["embedding.weight"]
    return WordLlamaInference(table, Tokenizer.from_file(str(files.locate_file(static._TOKENS))))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_vector_is_that_of_the_package(text: str, oracle: object) -> None:
    wanted = oracle.embed([text], norm=True)[0]  # type: ignore[attr-defined]
    assert np.array(word_llama().of(text)) == pytest.approx(wanted, abs=1e-6)


def test_an_empty_text_is_seen_as_a_blank_and_the_same_text_always_alike() -> None:
    embedder = word_llama()
    assert embedder.of("") == embedder.of(" ")
    assert embedder.of("billing") == embedder._vector("billing")


def test_what_means_the_same_is_nearer_than_what_does_not() -> None:
    question, same, other = (
        word_llama().of(text)
        for text in ("How do I reset my password?", "I forgot my login.", "The soup was served cold.")
    )
    assert question is not None
    assert same is not None
    assert other is not None
    assert similarity(question, same) > 0.3 > similarity(question, other)


def test_the_nearest_reference_counts_and_the_signature_names_the_vectors() -> None:
    scorer = scorer_of(Metric.model_validate(NEAR))
    (part,) = scorer.parts
    assert isinstance(part, MeanPart)
    assert part.how == "cosine|wordllama@0.4.0.post1|dim:256|best"
    two = Example(id="a", input="x", references=["The soup was cold.", "a quick car"])
    one = Example(id="b", input="x", references=["a quick car"])
    assert scorer.observe(Reply(two, "a fast car")) == scorer.observe(Reply(one, "a fast car"))
    assert scorer.observe(Reply(one, "")) is not None, "an empty answer is an answer"


def test_without_the_package_the_metric_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(static, "distribution", absent)
    monkeypatch.setattr(static, "word_llama", word_llama.__wrapped__)
    [fault] = missing_data([Metric.model_validate(NEAR)])
    said = "cannot be measured here: static WordLlama needs the data of the package wordllama: `pip install"
    assert str(fault).startswith(f"metrics[near].embedder.static: {said}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "unpack requires a buffer of 8 bytes"),
        (b"\x02\0\0\0\0\0\0\0{}", "embedding.weight"),
        (b"\x05\0\0\0\0\0\0\0nope!", "Expecting value"),
    ],
)
def test_files_of_another_kind_are_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "l2_supercat_256.safetensors"
    path.write_bytes(content)
    with pytest.raises((ValueError, KeyError, struct.error), match=words):
        static._read_table(path)


def test_a_laptop_needs_no_endpoint_for_it(tmp_path: Path) -> None:
    gate = {"metric": "near", "op": "AtLeast", "value": "0.9"}
    write(
        tmp_path,
        resource("EvaluationRun", "quality", run_spec(metrics=[NEAR], gates=[gate])),
        resource("PromptCatalog", "support", catalog_spec(8)),
    )
    with openai_server(right) as server:
        done = evaluate(tmp_path, endpoint=server.url)
    assert done.exit_code == 0, done.output
    (figure,) = [result for result in status(tmp_path).results if result.metric == "near"]
    assert (figure.value, figure.signature) == ("1", "cosine|wordllama@0.4.0.post1|dim:256|best|t|v1")


def test_files_that_are_missing_name_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "_TABLE", "wordllama/weights/none.safetensors")
    with pytest.raises(NoStaticVectors, match=r"the files of wordllama 0\.4\.0\.post1 are not those that are known"):
        word_llama.__wrapped__()
