"""Runs in the engine's image: writes a tiny Llama chat model with random weights and a tokenizer trained on the spot.

`python weights_tiny.py OUT`. What it says is noise; `structured_outputs: {choice: [...]}` makes it say a given
thing, so tests of mechanics are fast and deterministic. Byte-level: any text goes in and out.
"""

import argparse
import asyncio
import collections
import http.client
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found]  # only the engine's image has it
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (  # type: ignore[import-not-found]
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

SPECIAL = ["<pad>", "<s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>\n"
    "{% if m['content'] is string %}{{ m['content'] }}"
    "{% else %}{% for part in m['content'] or [] %}{{ part.get('text', '') }}{% endfor %}{% endif %}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
CONTEXT = 4096


def corpus() -> Iterator[str]:
    """English text that every Python carries: the docstrings of a few modules."""
    for module in (argparse, asyncio, collections, http.client, logging):
        for name in sorted(vars(module)):
            yield str(getattr(vars(module)[name], "__doc__", "") or "")


def make_tokenizer(vocabulary: int) -> Any:
    """A byte-level BPE tokenizer with a chat template."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=SPECIAL, show_progress=False, initial_alphabet=alphabet
    )
    trained.train_from_iterator(corpus(), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained,
        bos_token="<s>",
        eos_token="<|end|>",
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
        model_max_length=CONTEXT,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def make_model(tokenizer: Any, hidden: int, layers: int) -> Any:
    """Random weights with a fixed seed; a head size of 32 is the smallest that vLLM's CPU kernels take."""
    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=hidden * 3,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 32,
        num_key_value_heads=hidden // 64,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        dtype="float32",
        **ends,
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(**ends)
    return model


if __name__ == "__main__":
    out = Path(sys.argv[1])
    made = make_tokenizer(vocabulary=1024)
    make_model(made, hidden=128, layers=2).save_pretrained(out)
    made.save_pretrained(out)
