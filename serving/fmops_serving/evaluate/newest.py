"""Which row of an example counts."""

from collections.abc import Iterator, Mapping

from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.rows import Key, Row, Rows


def newest(inputs: Inputs, rows: Rows) -> Iterator[tuple[Key, Row | None]]:
    """Give the row that counts of everything that is asked, in the order of asking, None where there is none.

    That is the newest answer to the present prompt, or the newest error where no answer came. Rows are read twice
    instead of held, and the order in which answers came makes no difference. Raises SinkFailed.
    """
    wanted = {request.key: request.prompt_hash for request in inputs.requests()}
    chosen = _chosen(rows, wanted)
    found = rows.at(chosen[key] for key in wanted if key in chosen)
    for key in wanted:
        yield key, next(found) if key in chosen else None


def _chosen(rows: Rows, wanted: Mapping[Key, str]) -> dict[Key, int]:
    """Give the place of the row that counts, by example and repeat."""
    chosen: dict[Key, int] = {}
    answered: set[Key] = set()
    for place, row in rows.placed():
        if wanted.get(row.key) == row.prompt_hash and (row.answered or row.key not in answered):
            chosen[row.key] = place
            if row.answered:
                answered.add(row.key)
    return chosen
