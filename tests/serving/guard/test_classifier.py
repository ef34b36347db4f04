"""Tier 2 with a real ONNX model, of one weight for each word, and a real tokenizer file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from fmops_api.guardrail import Direction, Guardrail
from fmops_serving.gateway.classifiers import UnreadableClassifier, read_classifiers
from fmops_serving.gateway.command import gateway
from fmops_serving.gateway.screen.elsewhere import Elsewhere
from fmops_serving.guard.classifier import Classifier
from fmops_serving.guard.packages import Missing
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Rule

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "bad", "awful", "fine", "good", "🙂"]
WORTH = {"bad": 4.0, "awful": 2.0, "fine": -2.0, "good": -4.0}
CONFIG = {"max_position_embeddings": 80, "pad_token_id": 0}


def write_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(
    folder: Path,
    logits: int,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    worth: Mapping[str, float] = WORTH,
    rows: int = len(WORDS),
) -> None:
    """Write a model that adds up the worth of words that are not masked; the last logit is worth it, others nothing."""
    table = np.zeros((len(WORDS), logits), np.float32)
    for word, value in worth.items():
        table[WORDS.index(word), -1] = value
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["worths"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "two"], ["masks"]),
        helper.make_node("Mul", ["worths", "masks"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "one"], ["logits"], keepdims=0),
    ]
    constants = [
        numpy_helper.from_array(table[:rows], "table"),
        numpy_helper.from_array(np.array([2], np.int64), "two"),
        numpy_helper.from_array(np.array([1], np.int64), "one"),
    ]
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs]
    gives = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", logits])]
    graph = helper.make_graph(nodes, "words", given, gives, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))


def written(folder: Path, logits: int = 2, config: Mapping[str, Any] = CONFIG, **how: Any) -> Path:
    write_tokenizer(folder)
    write_model(folder, logits, **how)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def sigmoid(worth: float) -> float:
    return float(1 / (1 + np.exp(-worth)))


async def scores(classifier: Classifier, texts: Sequence[str]) -> list[float]:
    return [max((each.score for each in found), default=0.0) for found in await classifier.afind(texts)]


async def test_texts_are_judged_alone_as_in_company(tmp_path: Path) -> None:
    classifier = Classifier(written(tmp_path))
    texts = ["so bad", "", "good morning to all of you", "awful bad bad", "fine"]
    together = await scores(classifier, texts)
    assert together == pytest.approx([sigmoid(4), 0, sigmoid(-4), sigmoid(10), sigmoid(-2)])
    assert [(await scores(classifier, [text]))[0] for text in texts] == pytest.approx(together)
    classifier.close()


async def test_a_text_longer_than_the_model_reads_is_judged_in_pieces_with_their_places(tmp_path: Path) -> None:
    classifier = Classifier(written(tmp_path))
    text = "🙂 " * 100 + "bad"
    (found,) = await classifier.afind([text])
    classifier.close()
    assert [(each.start, each.end) for each in found] == [(0, 155), (92, 203)]
    assert [each.score for each in found] == pytest.approx([0.5, sigmoid(4)])


@pytest.mark.parametrize(
    ("logits", "config", "score"),
    [
        (1, {}, sigmoid(4)),
        (6, {"problem_type": "multi_label_classification"}, sigmoid(4)),
        (2, {"problem_type": "multi_label_classification"}, sigmoid(4)),
        (2, {"model_type": "roberta"}, sigmoid(4)),
    ],
)
async def test_logits_are_read_as_the_model_means_them(
    tmp_path: Path, logits: int, config: dict[str, Any], score: float
) -> None:
    classifier = Classifier(written(tmp_path, logits, config))
    assert await scores(classifier, ["bad"]) == pytest.approx([score])
    classifier.close()


async def test_a_model_that_wants_token_types_gets_them(tmp_path: Path) -> None:
    classifier = Classifier(written(tmp_path, inputs=("input_ids", "attention_mask", "token_type_ids")))
    assert await scores(classifier, ["bad"]) == pytest.approx([sigmoid(4)])
    classifier.close()


async def test_folders_of_a_folder_are_classifiers_that_toxicity_asks_when_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "hap").mkdir()
    (tmp_path / "lost+found").mkdir()
    (tmp_path / ".snapshot").mkdir()
    written(tmp_path / "hap")
    classifiers = read_classifiers(tmp_path)
    assert list(classifiers) == ["hap"]
    rail = {"name": "toxic", "detector": "Toxicity", "classifier": "hap", "timeout": "30s"}
    detector = Elsewhere((), classifiers).detector(Guardrail.model_validate(rail))
    unsure = "What an ugly stupid sweater,"
    decisions = await Rails([Rule("toxic", detector, timeout=10)]).ascreen(
        [unsure + " bad", unsure + " good"], Direction.INPUT
    )
    assert [each.blocked_by for each in decisions] == ["toxic", ""]


@pytest.mark.parametrize(
    ("name", "sentence"), [("hap", "has no model.onnx"), ("Hap_1", "lower-case letters, digits and '-' only: rename")]
)
def test_a_folder_that_is_no_classifier_is_named(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UnreadableClassifier, match=sentence):
        read_classifiers(tmp_path)
    said = CliRunner().invoke(gateway, ["--routes", str(tmp_path), "--classifiers", str(tmp_path), "--port", "0"])
    assert said.exit_code == 1
    assert "--classifiers: " in said.output
    assert sentence in said.output


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"has no model.onnx: export the classifier with `optimum-cli export onnx`"):
        Classifier(tmp_path)
    write_model(tmp_path, 2)
    with pytest.raises(Missing, match=r"has no tokenizer.json"):
        Classifier(tmp_path)


def test_models_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gives 3 logits: fmops reads one, two"):
        Classifier(written(tmp_path, 3))
    with pytest.raises(ValueError, match="wants pixel_values: fmops knows attention_mask, input_ids"):
        Classifier(written(tmp_path, inputs=("input_ids", "attention_mask", "pixel_values")))
    write_model(tmp_path, 2, worth={"[UNK]": float("nan")})
    with pytest.raises(ValueError, match="cannot judge a text: the classifier gave no number for every text"):
        Classifier(tmp_path)
    write_model(tmp_path, 2, rows=2)
    with pytest.raises(ValueError, match=r"cannot judge a text: .*indices element out of data bounds"):
        Classifier(tmp_path)
    written(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ValueError, match=r"config.json is no JSON object"):
        Classifier(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ValueError, match="cannot be read"):
        Classifier(tmp_path)
