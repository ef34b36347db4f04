"""Reading one source: every line is checked, counted and hashed; examples are kept where somebody asks for them."""

from collections.abc import AsyncIterator, Collection
from typing import NamedTuple

from fmops_api.catalogsource import LINE_LIMIT, SOURCE_LIMIT, CatalogSource, SourceReport
from fmops_api.promptcatalog import Example
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_serving.prompts.sources import SourceCount, SourceReader
from fmops_serving.resolve.places import Reach, Unresolved, pieces_of

_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line; the content is None when it is longer than LINE_LIMIT."""

    number: int
    content: bytes | None


async def report_on(source: CatalogSource, labels: Collection[str] | None, reach: Reach) -> SourceReport:
    """Read a source and keep nothing of it but digests; raises Unresolved with the first faulty lines."""
    count = SourceCount(source.name)
    async for _ in examples_of(source, SourceReader(source.name, labels), reach, count):
        pass
    return count.report()


async def read_examples(
    source: CatalogSource, labels: Collection[str] | None, reach: Reach
) -> tuple[SourceReport, list[Example]]:
    """Read a source and keep its examples; raises Unresolved with the first faulty lines."""
    count = SourceCount(source.name)
    reader = SourceReader(source.name, labels)
    examples = [example async for example in examples_of(source, reader, reach, count)]
    return count.report(), examples


async def examples_of(
    source: CatalogSource, reader: SourceReader, reach: Reach, count: SourceCount
) -> AsyncIterator[Example]:
    """Give one example after the other, counting it; raises Unresolved with the first faulty lines at the end."""
    async for line in cut(_bounded(source.name, pieces_of(source, reach))):
        example = _read(reader, line)
        if example is None:
            continue
        if sentence := count.add(example):
            reader.refuse(line.number, sentence)
        else:
            yield example
    if reader.faults:
        raise Unresolved(Reason.SOURCE_UNREADABLE, "; ".join(map(str, reader.faults)))
    if not len(count):
        raise Unresolved(Reason.SOURCE_UNREADABLE, f"spec.sources[{source.name}]: holds no example")


def _read(reader: SourceReader, line: Line) -> Example | None:
    if line.content is None:
        reader.refuse(line.number, f"is longer than {LINE_LIMIT} bytes: one example a line, and at most so long")
        return None
    if not line.content.strip():
        return None
    try:
        return reader.read(line.number, line.content.decode())
    except UnicodeDecodeError as error:
        found = line.content[error.start]
        reader.refuse(line.number, f"is no UTF-8 text: byte {error.start + 1} is 0x{found:02x}")
        return None


async def _bounded(name: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > SOURCE_LIMIT:
            sentence = f"spec.sources[{name}]: is larger than {SOURCE_LIMIT} bytes: divide it into several sources"
            raise Unresolved(Reason.SOURCE_UNREADABLE, sentence)
        yield piece


async def cut(pieces: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    """Cut at line feeds, wherever the pieces end; a mark of the byte order in front is no content."""
    number, rest, too_long = 1, b"", False
    async for piece in pieces:
        first, *others = piece.split(b"\n")
        rest = b"" if too_long else rest + first
        for content in others:
            yield _line(number, rest, too_long)
            number, rest, too_long = number + 1, content, False
        if len(rest) > LINE_LIMIT:
            rest, too_long = b"", True
    if rest or too_long:
        yield _line(number, rest, too_long)


def _line(number: int, content: bytes, too_long: bool) -> Line:
    if number == 1:
        content = content.removeprefix(_MARK)
    return Line(number, None if too_long or len(content) > LINE_LIMIT else content)
