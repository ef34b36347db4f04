"""What a classifier's model reads of texts: how much of one at once, and several as one batch."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

TOKENS = 512
"""That a model reads at once when its config.json does not say less."""
OVERLAP = 32
"""Tokens that a piece of a longer text has in common with the next."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Feed = Mapping[str, npt.NDArray[np.int64]]


def read_config(folder: Path) -> Mapping[str, Any]:
    """Read config.json, which need not be there; raises ValueError when it is no JSON object."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise ValueError(f"{path} is no JSON object")  # noqa: TRY004 - it is the file that is wrong
    return config


def cut_to(tokenizer: Any, config: Mapping[str, Any]) -> None:
    """Have a tokenizer cut texts into pieces of what the model reads at once, and leave padding to `batch`."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens_at_once(config), stride=OVERLAP)


def tokens_at_once(config: Mapping[str, Any]) -> int:
    """Give how many tokens the model reads at once; RoBERTa's positions begin behind the padding's number."""
    positions = config.get("max_position_embeddings")
    before = 2 if config.get("model_type") in {"roberta", "xlm-roberta"} else 0
    return min(TOKENS, positions - before) if isinstance(positions, int) and positions > 2 * OVERLAP else TOKENS


def padding_of(tokenizer: Any, config: Mapping[str, Any]) -> int:
    """Give the token that fills short texts up; ask before `cut_to`, which makes the tokenizer forget it."""
    known = config.get("pad_token_id")
    padding = tokenizer.padding or {}
    return int(known if isinstance(known, int) else padding.get("pad_id", 0))


def batch(pieces: Sequence[Sequence[int]], padding: int) -> Feed:
    """Give pieces of tokens as a model's inputs, each of shape (pieces, tokens of the longest)."""
    ids = np.full((len(pieces), max(map(len, pieces))), padding, np.int64)
    mask = np.zeros_like(ids)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece)] = piece
        mask[row, : len(piece)] = 1
    return dict(zip(INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))
