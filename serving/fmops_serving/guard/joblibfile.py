"""Reads numbers out of a joblib file of scikit-learn without either package, and without running anything in it.

A pickle may name any function to be called. This reader knows the few types that such a file needs; scikit-learn's own
become empty shells with their fields in `state`. An array follows its description in the file, as joblib writes them.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy._core.multiarray import scalar as numpy_scalar


class Shell:
    """An object of a class that is not there: its fields and nothing else."""

    def __init__(self, *_: object, **__: object) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = state


class _Array(Shell):
    """The description of an array that follows."""


_KNOWN: dict[tuple[str, str], Any] = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): _Array,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "float64"): np.float64,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy._core.multiarray", "scalar"): numpy_scalar,
}


class _Reader(pickle._Unpickler):  # noqa: SLF001 - the one that a class can extend, as joblib does
    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)  # noqa: SLF001
    stack: list[Any]

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._file = file

    def find_class(self, module: str, name: str) -> Any:
        """Give a known type, or a shell for one of scikit-learn's; raises UnpicklingError for anything else."""
        if module.startswith("sklearn."):
            return Shell
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected in a file of weights") from None

    def load_build(self) -> None:
        """Fill an object's fields; put the array itself where its description would stand."""
        super().load_build()  # type: ignore[misc]  # typeshed does not know it
        if isinstance(self.stack[-1], _Array):
            self.stack.append(self._array(self.stack.pop().state))

    dispatch[pickle.BUILD[0]] = load_build

    def _array(self, described: dict[str, Any]) -> np.ndarray[Any, Any]:
        dtype, shape = described["dtype"], described["shape"]
        if dtype.hasobject:
            raise pickle.UnpicklingError("an array of objects is not expected in a file of weights")
        if described.get("numpy_array_alignment_bytes") is not None:
            self._file.read(self._file.read(1)[0])
        content = self._file.read(int(np.prod(shape, dtype=int)) * dtype.itemsize)
        return np.frombuffer(content, dtype).reshape(shape, order=described["order"])


def read_joblib(path: Path) -> Any:
    """Read the file's object; raises UnpicklingError when it holds anything but numbers and texts."""
    with path.open("rb") as file:
        return _Reader(file).load()
