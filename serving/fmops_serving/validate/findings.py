"""What validation finds."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One fault: where it stands, whose it is, and a sentence that says what was found and what would be right."""

    file: str
    line: int
    subject: str
    """Kind/name, or empty when the document is no object."""
    path: str
    message: str

    def __str__(self) -> str:
        parts = [f"{self.file}:{self.line}" if self.line else self.file, self.subject, self.path, self.message]
        return ": ".join(part for part in parts if part)
