"""A level that is done, kept beside its file so that a runner which was killed goes on with the next one."""

from pathlib import Path
from typing import Any

import orjson

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.folder import write_whole
from fmops_serving.evaluate.performance.level import Level
from fmops_serving.evaluate.performance.timing import Timed


def path_of(folder: Path, concurrency: int) -> Path:
    """Say where a level is kept."""
    return folder / f"c{concurrency}.requests.json"


def keep_level(folder: Path, asked: str, level: Level) -> None:
    """Write what figures need of every request; `asked` says what was measured. Raises SinkFailed."""
    content = {
        "asked": asked,
        "started": level.started,
        "duration": level.duration,
        "faults": level.faults,
        "requests": [
            (each.sent, each.arrivals[0], each.arrivals[-1], each.prompt_tokens, each.output_tokens)
            for each in level.timed
        ],
    }
    write_whole(path_of(folder, level.concurrency), orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE))


def kept_level(folder: Path, asked: str, concurrency: int) -> Level | None:
    """Give a level that was measured before; None when none was, or something else. Raises SinkFailed."""
    path = path_of(folder, concurrency)
    try:
        content = orjson.loads(path.read_bytes())
        if content["asked"] != asked:
            return None
        timed = [_timed(*each) for each in content["requests"]]
        return Level(concurrency, content["started"], content["duration"], timed, content["faults"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SinkFailed(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError):
        raise SinkFailed(f"{path} is no level of a ladder: remove the file to measure it again") from None


def _timed(sent: float, first: float, last: float, *tokens: Any) -> Timed:
    return Timed(sent, (first, last) if last > first else (first,), *tokens)
