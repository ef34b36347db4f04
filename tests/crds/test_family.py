"""The family of a model, which picks variants of prompts."""

import pytest

from fmops_api.foundationmodel import FoundationModel
from tests.crds.objects import foundation_model

ARCHITECTURES = (
    ("LlamaForCausalLM", "llama"),
    ("Qwen2ForCausalLM", "qwen"),
    ("Qwen3MoeForCausalLM", "qwen"),
    ("Gemma3ForConditionalGeneration", "gemma"),
    ("MistralForCausalLM", "mistral"),
    ("DeepseekV3ForCausalLM", "deepseek"),
    ("GPTNeoXForCausalLM", "gpt"),
    ("OPTForCausalLM", "opt"),
    ("Phi3ForCausalLM", "phi"),
    ("", None),
    ("3", None),
    (None, None),
)


@pytest.mark.parametrize(("architecture", "family"), ARCHITECTURES)
def test_without_a_card_it_is_the_first_word_of_the_architecture(architecture: str | None, family: str | None) -> None:
    status = {"resolved": {"architecture": architecture}}
    assert FoundationModel.parse({**foundation_model(), "status": status}).family == family


def test_the_word_of_the_card_goes_first() -> None:
    status = {"resolved": {"architecture": "LlamaForCausalLM"}}
    assert FoundationModel.parse({**foundation_model(card={"family": "smollm"}), "status": status}).family == "smollm"


def test_a_model_that_nothing_is_known_of_has_none() -> None:
    assert FoundationModel.parse(foundation_model()).family is None
