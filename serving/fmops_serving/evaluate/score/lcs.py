"""The words of a text's lines that are in a longest common subsequence with lines of another, by bit vectors."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

Line = Sequence[str]


class CommonWords:
    """The reference's lines as one number of as many bits as there are words, with one bit between lines.

    Rouge's Lsum wants, of every pair of lines, the one subsequence that rouge-score's table reads out. A column of that
    table is here one number (Hyyrö 2004), for all reference lines at once: its neighbouring cells differ by 0 or 1.
    """

    def __init__(self, reference: Sequence[Line]) -> None:
        self._where: defaultdict[str, int] = defaultdict(int)
        self._blocks: list[tuple[int, int]] = []
        start = 0
        for line in reference:
            for place, word in enumerate(line, start):
                self._where[word] |= 1 << place
            self._blocks.append((start, len(line)))
            start += len(line) + 1
        self._full = sum(((1 << length) - 1) << start for start, length in self._blocks)

    def union(self, answer: Sequence[Line]) -> Iterator[list[int]]:
        """Give for each reference line the places of its words that are common with any line of the answer."""
        found = [0] * len(self._blocks)
        for line in answer:
            columns = self._columns(line)
            for number, (start, length) in enumerate(self._blocks):
                if columns and columns[-1][0] >> start & ((1 << length) - 1):
                    found[number] |= _read_out(columns, start, length)
        for places, (_, length) in zip(found, self._blocks, strict=True):
            yield [place for place in range(length) if places >> place & 1]

    def _columns(self, line: Line) -> list[tuple[int, int]]:
        """Give for each word of a line where the subsequence grows longer, and where the reference has the word.

        Words that the reference lacks change nothing; a run of them is one column, for reading out stops there.
        """
        column, columns = self._full, list[tuple[int, int]]()
        for word in line:
            if same := self._where.get(word, 0):
                part = column & same
                column = ((column + part) | (column - part)) & self._full
                columns.append((self._full & ~column, same))
            elif columns and columns[-1][1]:
                columns.append((columns[-1][0], 0))
        return columns


def _read_out(columns: Sequence[tuple[int, int]], start: int, length: int) -> int:
    """Walk the table from its end as rouge-score does: up, until the words are equal or the way left is longer."""
    row, places = length, 0
    for longer, same in reversed(columns):
        row = ((longer | same) >> start & ((1 << row) - 1)).bit_length()
        if not row:
            break
        if same >> (start + row - 1) & 1:
            row -= 1
            places |= 1 << row
    return places
