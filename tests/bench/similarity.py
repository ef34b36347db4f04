"""How well static vectors see what means the same, beside MiniLM: `python -m tests.bench.similarity`.

Pairs of tests/data/similarity, half of which say the same in other words. For each language and embedder: the mean
cosine of pairs that mean the same and of those that do not, and the chance that one of the first has the higher one
(the area under the curve; 0.5 is a coin). MiniLM's weights are those of the node tier, where they are in the cache.
"""

import json
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from fmops_serving.evaluate.embed.static import word_llama
from fmops_serving.evaluate.embed.vectors import similarity
from tests.cluster.paths import REPOSITORY
from tests.cluster.weights import MINILM

PAIRS = REPOSITORY / "tests" / "data" / "similarity" / "pairs.tsv"
Floats = NDArray[np.float32]
Embed = Callable[[str], Sequence[float]]


class Pair(NamedTuple):
    """Two texts, and whether they say the same."""

    language: str
    verdict: str
    one: str
    other: str


def main() -> None:
    """Print a table."""
    pairs = [Pair(*line.split("\t")) for line in PAIRS.read_text("utf-8").splitlines()]
    embedders: dict[str, Embed] = {"WordLlama": static}
    if MINILM.folder.is_dir():
        embedders["MiniLM"] = MiniLM()
    print("| | language | same | other | told apart |\n|---|---|---|---|---|")
    for name, embed in embedders.items():
        for language in ("en", "de", "ru"):
            mine = [pair for pair in pairs if pair.language == language]
            near = [(pair.verdict, similarity(embed(pair.one), embed(pair.other))) for pair in mine]
            same, other = ([value for verdict, value in near if verdict == wanted] for wanted in ("same", "other"))
            area = fmean((a > b) + (a == b) / 2 for a in same for b in other)
            print(f"| {name} | {language} | {fmean(same):.2f} | {fmean(other):.2f} | {area:.2f} |")


def static(text: str) -> Sequence[float]:
    """See a text by static vectors."""
    found = word_llama().of(text)
    assert found is not None
    return found


class MiniLM:
    """all-MiniLM-L6-v2 (BERT, six layers, mean of the tokens), computed by numpy in 32 bits."""

    def __init__(self) -> None:
        folder = MINILM.folder / MINILM.name
        self.about = json.loads((folder / "config.json").read_text("utf-8"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        content = (folder / "model.safetensors").read_bytes()
        length = int.from_bytes(content[:8], "little")
        self.weights: dict[str, Floats] = {}
        for name, tensor in json.loads(content[8 : 8 + length]).items():
            if name != "__metadata__" and tensor["dtype"] in ("F32", "F16"):
                first, last = tensor["data_offsets"]
                kind = "<f4" if tensor["dtype"] == "F32" else "<f2"
                numbers = np.frombuffer(content[8 + length + first : 8 + length + last], dtype=kind)
                self.weights[name] = numbers.astype(np.float32).reshape(tensor["shape"])

    def __call__(self, text: str) -> Sequence[float]:
        """See a text."""
        ids = self.tokenizer.encode(text).ids
        w = self.weights
        seen = w["embeddings.word_embeddings.weight"][ids]
        seen = seen + w["embeddings.position_embeddings.weight"][: len(ids)]
        seen = self._norm(seen + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self.about["num_hidden_layers"]):
            seen = self._layer(seen, f"encoder.layer.{layer}")
        vector = seen.mean(axis=0)
        return list(map(float, vector / np.linalg.norm(vector)))

    def _layer(self, seen: Floats, name: str) -> Floats:
        heads = self.about["num_attention_heads"]
        query, key, value = (
            self._linear(seen, f"{name}.attention.self.{part}").reshape(len(seen), heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        weighed = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        weighed = np.exp(weighed - weighed.max(axis=-1, keepdims=True))
        mixed = (weighed / weighed.sum(axis=-1, keepdims=True)) @ value
        attended = self._linear(mixed.transpose(1, 0, 2).reshape(seen.shape), f"{name}.attention.output.dense")
        seen = self._norm(seen + attended, f"{name}.attention.output.LayerNorm")
        inner = self._linear(seen, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        return self._norm(seen + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, seen: Floats, name: str) -> Floats:
        found: Floats = seen @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return found

    def _norm(self, seen: Floats, name: str) -> Floats:
        middle, spread = seen.mean(axis=-1, keepdims=True), seen.std(axis=-1, keepdims=True)
        found: Floats = (seen - middle) / np.sqrt(spread**2 + self.about["layer_norm_eps"])
        return found * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


if __name__ == "__main__":
    main()
