"""What an answer says of itself, read from its bytes as they leave: the model that answered, and how it ended."""

import re

from fmops_serving.gateway.tracing.attributes import Attributes

# Quotes inside of a JSON string are escaped, so that no text of an answer looks like a field.
_MODEL = re.compile(rb'"model"\s*:\s*"([^"\\]{1,256})"')
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,128})"')
_FINISH = re.compile(rb'"finish_reason"\s*:\s*"([a-z_]{1,40})"')
_HEAD = 1 << 16
"""Bytes in which the model is looked for; it stands in the first event of a stream."""
_MOST_REASONS = 16


class AnswerReader:
    """Reads what may be told of an answer, whole or in pieces."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._read = 0
        self._found: Attributes = {}
        self._reasons: list[str] = []

    def read(self, data: bytes) -> None:
        """Read a piece; what is cut in two by the pieces is not found."""
        if self._read < _HEAD:
            for name, pattern in (("gen_ai.response.model", _MODEL), ("gen_ai.response.id", _ID)):
                if name not in self._found and (said := pattern.search(data)) is not None:
                    self._found[name] = said[1].decode("utf-8", "replace")
        self._read += len(data)
        if b'"finish_reason"' in data:
            self._reasons += [each.decode() for each in _FINISH.findall(data)]
            del self._reasons[_MOST_REASONS:]

    def attributes(self) -> Attributes:
        """Give what was found."""
        if self._reasons:
            return {**self._found, "gen_ai.response.finish_reasons": tuple(self._reasons)}
        return self._found
