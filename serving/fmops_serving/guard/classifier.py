"""Tier 2: a classifier of texts from a folder, run by ONNX Runtime, in batches and off the event loop.

The folder holds `model.onnx` and `tokenizer.json`, as `optimum-cli export onnx` writes them, and may hold `config.json`
for the number of tokens that the model reads at once and for `problem_type`. One logit is a sigmoid's; of two, the
second is toxic's, by softmax (granite-guardian-hap-38m); more are each a sigmoid's when the model is multi-label, and
the highest counts (toxic-bert). Any other model is refused when it is loaded.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fmops_serving.guard.batches import Batches
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.packages import Missing
from fmops_serving.guard.pattern import encodable
from fmops_serving.guard.tokens import INPUTS, batch, cut_to, padding_of, read_config

Floats = npt.NDArray[np.float32]
_Scores = Callable[[Floats], Floats]


class _Piece(NamedTuple):
    """Tokens that are read at once, and the place in the text that they stand for."""

    ids: Sequence[int]
    start: int
    end: int


class Classifier:
    """A detector: one finding for each piece of a text, which most texts have one of."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load a model; raises Missing when packages or files are not there, ValueError for one of another kind."""
        session, self._tokenizer = _loaded(folder, threads)
        config = read_config(folder)
        self._feeds = [each.name for each in session.get_inputs()]
        self._pad = padding_of(self._tokenizer, config)
        if unknown := sorted(set(self._feeds) - set(INPUTS)):
            raise ValueError(f"the model in {folder} wants {unknown[0]}: fmops knows {', '.join(sorted(INPUTS))}")
        cut_to(self._tokenizer, config)
        self._scores = _reading(session.get_outputs()[0].shape[-1], config, folder)
        self._session = session
        self._try_out(folder)
        self._batches: Batches[_Piece, float] = Batches(self._judged)

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        """Give how toxic each piece of each text is; raises DetectorFailed."""
        pieces = [(place, piece) for place, text in enumerate(texts) if text for piece in self._pieces(text)]
        scores = await asyncio.gather(*(self._batches.ask(piece) for _, piece in pieces))
        found: list[list[Finding]] = [[] for _ in texts]
        for (place, piece), score in zip(pieces, scores, strict=True):
            found[place].append(Finding("Classifier", piece.start, piece.end, score))
        return found

    def close(self) -> None:
        """Let the thread end."""
        self._batches.close()

    def _try_out(self, folder: Path) -> None:
        """Judge one text, so that the first request finds a model that works, and memory that was taken."""
        try:
            self._judged(self._pieces("Is it so?") or [_Piece([self._pad], 0, 0)])
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            raise ValueError(f"the model in {folder} cannot judge a text: {str(error)[:300]}") from None

    def _pieces(self, text: str) -> Sequence[_Piece]:
        whole = self._tokenizer.encode(encodable(text))
        pieces = []
        for each in (whole, *whole.overflowing):
            places = [span for span in each.offsets if span[1] > span[0]]
            if places:
                pieces.append(_Piece(each.ids, places[0][0], places[-1][1]))
        return pieces

    def _judged(self, pieces: Sequence[_Piece]) -> Sequence[float]:
        """Run the model over a batch; called in the thread."""
        feed = batch([piece.ids for piece in pieces], self._pad)
        (logits, *_) = self._session.run(None, {name: feed[name] for name in self._feeds})
        scores = self._scores(np.asarray(logits, np.float32))
        if scores.shape != (len(pieces),) or not np.isfinite(scores).all():
            raise DetectorFailed("the classifier gave no number for every text")
        return [float(score) for score in scores]


def _loaded(folder: Path, threads: int) -> tuple[Any, Any]:
    try:
        import onnxruntime  # noqa: PLC0415 - only for who mounts a model
        from tokenizers import Tokenizer  # noqa: PLC0415
    except ImportError as error:
        raise Missing(f"a classifier needs {error.name}: pip install 'fmops[onnx]' brings it") from None
    for name in ("model.onnx", "tokenizer.json"):
        if not (folder / name).is_file():
            raise Missing(f"{folder} has no {name}: export the classifier with `optimum-cli export onnx`")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        return session, Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # noqa: BLE001 - both libraries raise what they like for a file that is none of theirs
        raise ValueError(f"the classifier in {folder} cannot be read: {str(error)[:300]}") from None


def _reading(logits: object, config: Mapping[str, Any], folder: Path) -> _Scores:
    """Say how logits become how toxic each text is."""
    if logits == 1:
        return lambda given: _sigmoid(given)[:, 0]
    if config.get("problem_type") == "multi_label_classification" and isinstance(logits, int):
        return lambda given: np.asarray(_sigmoid(given).max(axis=1))
    if logits == 2:
        return lambda given: _sigmoid(given[:, 1] - given[:, 0])
    raise ValueError(
        f"the model in {folder} gives {logits} logits: fmops reads one, two (the second is toxic's), or more with"
        " problem_type multi_label_classification in its config.json"
    )


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float32)
