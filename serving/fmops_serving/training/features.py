"""Has an encoder read texts: for each of its layers, the mean over a text's tokens."""

import os
from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from fmops_serving.guard.pattern import encodable
from fmops_serving.guard.tokens import batch, cut_to, padding_of
from fmops_serving.training.encoder import BadEncoder, Encoder, Floats
from fmops_serving.training.graph import INPUTS, pooled_model

_BATCH = 32


def layer_means(encoder: Encoder, texts: Sequence[str], told: Callable[[int], None]) -> Sequence[Floats]:
    """Give an array (texts, hidden) for each layer. Of a text that is too long for it, it reads the beginning.

    `told` hears how many texts were read since it last heard. Raises BadEncoder for a tokenizer of another vocabulary.
    """
    pieces, padding = _tokens(encoder, texts)
    session = onnxruntime.InferenceSession(
        pooled_model(encoder).SerializeToString(), _options(), providers=["CPUExecutionProvider"]
    )
    means = [np.empty((len(texts), encoder.hidden), np.float32) for _ in encoder.layers]
    # Texts of a length together: short ones need not wait for what fills them up.
    order = sorted(range(len(texts)), key=lambda place: len(pieces[place]))
    for begin in range(0, len(order), _BATCH):
        places = order[begin : begin + _BATCH]
        feed = batch([pieces[place] for place in places], padding)
        for mean, read in zip(means, session.run(None, {name: feed[name] for name in INPUTS}), strict=True):
            mean[places] = read
        told(len(places))
    return means


def _tokens(encoder: Encoder, texts: Sequence[str]) -> tuple[Sequence[Sequence[int]], int]:
    path = encoder.folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises plain Exceptions
        raise BadEncoder(f"{path} cannot be read: {error}") from None
    padding = padding_of(tokenizer, encoder.config)
    cut_to(tokenizer, encoder.config)
    pieces = [each.ids for each in tokenizer.encode_batch([encodable(text) for text in texts])]
    if (largest := max(max(piece) for piece in pieces)) >= len(encoder.words):
        raise BadEncoder(f"{path} has a token {largest}, and the encoder's vocabulary ends at {len(encoder.words) - 1}")
    return pieces, padding


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    return options
