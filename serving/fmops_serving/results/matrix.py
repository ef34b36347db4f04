"""A confusion matrix as rows and columns, where it is small enough to be read as one."""

from collections import Counter
from typing import NamedTuple

from fmops_serving.results.findings import Confusion

MOST_CLASSES = 12
MOST_CONFUSED = 20


class Entry(NamedTuple):
    """One cell: how often, and which share of its row."""

    answers: int
    share: float
    right: bool


class Matrix(NamedTuple):
    """Right classes down, answered ones across; the last column are answers that name no class."""

    columns: list[str]
    rows: list[tuple[str, list[Entry]]]


def matrix(confusion: Confusion) -> Matrix | None:
    """Lay out a confusion; None when it has too many classes for a table."""
    counts = {(cell.label, cell.answered): cell.count for cell in confusion.cells}
    classes = sorted({label for label, _ in counts} | {said for _, said in counts if said is not None})
    if len(classes) > MOST_CLASSES or confusion.omitted or not counts:
        return None
    totals: Counter[str] = Counter()
    for (label, _), count in counts.items():
        totals[label] += count
    rows = [
        (label, [_entry(counts.get((label, said), 0), totals[label], said == label) for said in (*classes, None)])
        for label in classes
    ]
    return Matrix(classes, rows)


def _entry(count: int, total: int, right: bool) -> Entry:
    return Entry(count, count / total if total else 0.0, right)


def most_confused(confusion: Confusion) -> list[tuple[str, str, int]]:
    """Give the most frequent mistakes: right class, answered one, how often."""
    wrong = [cell for cell in confusion.cells if cell.answered != cell.label]
    wrong.sort(key=lambda cell: (-cell.count, cell.label, cell.answered or ""))
    return [(cell.label, cell.answered or "(no class)", cell.count) for cell in wrong[:MOST_CONFUSED]]
