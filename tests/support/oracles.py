"""Reference libraries that results are held against: imported when they are first asked for something."""

from importlib import import_module
from typing import Any


class Oracle:
    """A module that is imported with the first use of a name of it: some take two seconds."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pytest looks for these while it collects
            raise AttributeError(name)
        return getattr(import_module(self._module), name)


stats = Oracle("scipy.stats")
sklearn_metrics = Oracle("sklearn.metrics")
porter = Oracle("nltk.stem.porter")
rouge_scorer = Oracle("rouge_score.rouge_scorer")
