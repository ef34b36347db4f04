"""Which row of an example counts."""

from collections.abc import Iterator, Mapping

from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.rows import Key, Row, Rows


def newest(inputs: Inputs, rows: Rows) -> Iterator[tuple[Key, Row | None]]:
    """Give the row that counts of everything that is asked, None where there is none; raises SinkFailed.

    That is the newest answer to the present prompt, or the newest error where no answer came. Rows are read twice
    instead of held.
    """
    wanted = {request.key: request.prompt_hash for request in inputs.requests()}
    chosen = _chosen(rows, wanted)
    for number, row in enumerate(rows.read()):
        if chosen.get(row.key) == number:
            yield row.key, row
    for key in sorted(wanted.keys() - chosen.keys()):
        yield key, None


def _chosen(rows: Rows, wanted: Mapping[Key, str]) -> dict[Key, int]:
    """Give the number of the row that counts, by example and repeat."""
    chosen: dict[Key, int] = {}
    answered: set[Key] = set()
    for number, row in enumerate(rows.read()):
        if wanted.get(row.key) == row.prompt_hash and (row.answered or row.key not in answered):
            chosen[row.key] = number
            if row.answered:
                answered.add(row.key)
    return chosen
