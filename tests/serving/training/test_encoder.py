"""Encoders: what is read of a folder and said of one that is none, and what ONNX Runtime makes of it beside numpy."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from fmops_serving.guard.pattern import encodable
from fmops_serving.training.encoder import BadEncoder, Linear, read_encoder
from fmops_serving.training.features import layer_means
from fmops_serving.training.graph import classifier_model
from tests.serving.training.bert import CONFIG, HIDDEN, LAYERS, PLACES, means, write_bert

TEXTS = [
    "you are a friend",
    "far",
    "the house is near the red house and far " * 3,
    "stupid liar",
    "🙂 unknown",
    "\ud800 far",
    "\u200d",
]
LONG = "the house is red " * 40


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_each_layer_says_what_the_formulas_say(tmp_path: Path, prefix: str) -> None:
    folder = write_bert(tmp_path / "bert", prefix=prefix)
    read: list[int] = []
    found = layer_means(read_encoder(folder), TEXTS, read.append)
    assert [each.shape for each in found] == [(len(TEXTS), HIDDEN)] * LAYERS
    assert sum(read) == len(TEXTS)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for place, text in enumerate(TEXTS):
        expected = means(tokenizer.encode(encodable(text)).ids)
        for layer in range(LAYERS):
            np.testing.assert_allclose(found[layer][place], expected[layer], rtol=2e-4, atol=2e-5)


def test_of_a_long_text_the_beginning_is_read(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "bert")
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(LONG).ids
    (found,) = layer_means(read_encoder(folder), [LONG], lambda _: None)[-1]
    np.testing.assert_allclose(found, means([*ids[: PLACES - 1], ids[-1]])[-1], rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("layer", range(1, LAYERS + 1))
def test_a_classifier_is_the_layers_below_it_and_one_step(tmp_path: Path, layer: int) -> None:
    encoder = read_encoder(write_bert(tmp_path / "bert"))
    head = Linear(np.linspace(-1, 1, HIDDEN, dtype=np.float32)[:, None], np.array([0.25], np.float32))
    model = classifier_model(encoder, layer, head)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert [each.name for each in session.get_inputs()] == ["input_ids", "attention_mask"]
    ids = np.array([[2, 4, 5, 6, 7, 3]])
    ((logits,),) = session.run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    np.testing.assert_allclose(logits, means(ids[0])[layer - 1] @ head.weight + head.bias, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("model_type", "roberta", "has model_type 'roberta': encoders with 'bert' are read"),
        ("hidden_act", "relu", "has hidden_act 'relu'"),
        ("position_embedding_type", "relative_key", "has position_embedding_type 'relative_key'"),
        ("num_attention_heads", "4", "has num_attention_heads '4': it is to be a number"),
        ("num_attention_heads", 3, "3 heads cannot share the 16 numbers of a token"),
        ("max_position_embeddings", 64, "64 tokens at once are too few: more than 64 are needed"),
        ("max_position_embeddings", 81, "has 80 positions, config.json says more"),
        ("num_hidden_layers", 5, r"has no encoder\.layer\.3\.attention\.self\.query\.weight"),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path: Path, field: str, value: Any, said: str) -> None:
    folder = write_bert(tmp_path / "bert", {**CONFIG, field: value})
    with pytest.raises(BadEncoder, match=said):
        read_encoder(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_file_that_is_missing_or_garbage_is_named(tmp_path: Path, name: str) -> None:
    folder = write_bert(tmp_path / "bert")
    (folder / name).write_text("garbage")
    with pytest.raises(BadEncoder, match=name):
        layer_means(read_encoder(folder), TEXTS, lambda _: None)
    (folder / name).unlink()
    with pytest.raises(BadEncoder, match=f"has no {name}"):
        read_encoder(folder)


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "bert")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens(["extra"])
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(BadEncoder, match="has a token 19, and the encoder's vocabulary ends at 18"):
        layer_means(read_encoder(folder), ["an extra"], lambda _: None)
