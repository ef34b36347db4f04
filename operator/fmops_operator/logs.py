"""Logs: one JSON object or one plain line each. Never anything that an end user wrote."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from fmops_operator.manifest import Key

looking_at: ContextVar[Key | None] = ContextVar("looking_at", default=None)
"""The object that the current task looks at; each line says which."""
_CHATTER = {"kopf": logging.CRITICAL, "aiohttp": logging.WARNING, "asyncio": logging.WARNING}


class WithObject(logging.Filter):
    """Adds the object being looked at to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with its object."""
        record.key = looking_at.get()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: ts, level, logger, msg, and kind, namespace, name of the object if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, str] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        key: Key | None = getattr(record, "key", None)
        if key:
            line.update(kind=key.kind, namespace=key.namespace, name=key.name)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """Time, level and message, with the object in front."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        key: Key | None = getattr(record, "key", None)
        about = f"{key.kind} {key.namespace}/{key.name}: " if key else ""
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return f"{at} {record.levelname:7} {about}{record.getMessage()}{trace}"


def configure(style: str, level: str) -> None:
    """Send every log line to standard error, in `json` or `plain`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(WithObject())
    handler.setFormatter(JsonLines() if style == "json" else PlainLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in _CHATTER.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelName(level)))
