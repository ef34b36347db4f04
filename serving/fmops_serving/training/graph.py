"""Writes an encoder's first layers, and a classifier on top of them, as an ONNX graph.

Inputs are `input_ids` and `attention_mask`, both (batch, tokens). The formulas are BERT's (arXiv:1810.04805).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper

from fmops_serving.training.encoder import Encoder, Layer, Linear

INPUTS = ("input_ids", "attention_mask")
_OPSET, _IR = 17, 9
_NEVER = np.float32(-1e9)
"""Added to what is masked, so that softmax gives it nothing."""


def pooled_model(encoder: Encoder) -> ModelProto:
    """Give a model with one output for each layer: the mean over a text's tokens, (batch, hidden)."""
    graph = _Graph(encoder)
    means = [graph.mean(states) for states in graph.states(len(encoder.layers))]
    return graph.model(means, encoder.hidden)


def classifier_model(encoder: Encoder, layer: int, head: Linear) -> ModelProto:
    """Give a model of one logit: the mean at a layer, counted from 1, times a weight (hidden, 1), plus a bias."""
    graph = _Graph(encoder)
    mean = graph.mean(graph.states(layer)[-1])
    return graph.model([graph.node("Identity", graph.linear(mean, head), name="logits")], 1)


class _Graph:
    """Nodes and constants so far. Methods give the name of what they add."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        mask = self.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        self._kept = self.node("Unsqueeze", mask, self._whole(2))
        hidden = self.node("Mul", self.node("Sub", self._float(1), mask), self._float(_NEVER))
        self._masked = self.node("Unsqueeze", hidden, self._whole(1, 2))

    def node(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        return self._nodes_out(kind, inputs, [name or f"n{len(self._nodes)}"], attributes)[0]

    def states(self, layers: int) -> Sequence[str]:
        """Add layers; gives what each says of each token, (batch, tokens, hidden)."""
        found = [self._embedded()]
        for layer in self._encoder.layers[:layers]:
            found.append(self._layer(found[-1], layer))
        return found[1:]

    def mean(self, states: str) -> str:
        """The mean over tokens that are not masked."""
        one = self._whole(1)
        total = self.node("ReduceSum", self.node("Mul", states, self._kept), one, keepdims=0)
        return self.node("Div", total, self.node("ReduceSum", self._kept, one, keepdims=0))

    def linear(self, given: str, by: Linear) -> str:
        return self.node("Add", self.node("MatMul", given, self._constant(by.weight)), self._constant(by.bias))

    def model(self, outputs: Sequence[str], width: int) -> ModelProto:
        given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in INPUTS]
        gives = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width]) for name in outputs]
        graph = helper.make_graph(self._nodes, "classifier", given, gives, self._constants)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR, producer_name="fmops"
        )

    def _embedded(self) -> str:
        words = self.node("Gather", self._constant(self._encoder.words), "input_ids")
        tokens = self.node("Gather", self.node("Shape", "input_ids"), self._scalar(1))
        places = self.node("Range", self._scalar(0), tokens, self._scalar(1))
        at = self.node("Gather", self._constant(self._encoder.places), places)
        return self._norm(self.node("Add", words, at), self._encoder.norm)

    def _layer(self, states: str, layer: Layer) -> str:
        attended = self.linear(self._attention(states, layer.attention), layer.attended)
        between = self._norm(self.node("Add", states, attended), layer.attention_norm)
        narrowed = self.linear(self._gelu(self.linear(between, layer.widened)), layer.narrowed)
        return self._norm(self.node("Add", between, narrowed), layer.norm)

    def _attention(self, states: str, by: Linear) -> str:
        heads, hidden = self._encoder.heads, self._encoder.hidden
        apart = self._whole(0, 0, heads, hidden // heads)
        three = self._nodes_out(
            "Split", [self.linear(states, by)], [f"s{len(self._nodes)}_{i}" for i in range(3)], {"axis": 2}
        )
        query, key, value = (self.node("Reshape", each, apart) for each in three)
        query, value = (self.node("Transpose", each, perm=[0, 2, 1, 3]) for each in (query, value))
        products = self.node("MatMul", query, self.node("Transpose", key, perm=[0, 2, 3, 1]))
        scaled = self.node("Mul", products, self._float((hidden / heads) ** -0.5))
        shares = self.node("Softmax", self.node("Add", scaled, self._masked), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        return self.node("Reshape", mixed, self._whole(0, 0, hidden))

    def _gelu(self, given: str) -> str:
        """Add x · (1 + erf(x / √2)) / 2 in the form that ONNX Runtime makes one step of."""
        error = self.node("Erf", self.node("Div", given, self._float(2**0.5)))
        return self.node("Mul", self.node("Mul", given, self.node("Add", error, self._float(1))), self._float(0.5))

    def _norm(self, given: str, by: Linear) -> str:
        scale, shift = self._constant(by.weight), self._constant(by.bias)
        return self.node("LayerNormalization", given, scale, shift, axis=-1, epsilon=self._encoder.epsilon)

    def _nodes_out(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Any) -> Sequence[str]:
        self._nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs

    def _constant(self, value: npt.NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def _float(self, value: float | np.float32) -> str:
        return self._constant(np.asarray(value, np.float32))

    def _whole(self, *values: int) -> str:
        return self._constant(np.array(values, np.int64))

    def _scalar(self, value: int) -> str:
        return self._constant(np.asarray(value, np.int64))
