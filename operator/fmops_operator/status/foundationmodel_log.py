"""What the engine's last words tell: pure."""

import re

from fmops_api.reasons import FoundationModelReason as Reason

MESSAGE_LIMIT = 600

_SAYINGS = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (
            r"to serve at least one request|user-specified max_model_len|cannot auto-fit max_model_len",
            Reason.CONTEXT_TOO_LONG,
        ),
        (
            r"(cuda|hip) out of memory|OutOfMemoryError|no available memory for the cache|free memory on device",
            Reason.ACCELERATOR_OUT_OF_MEMORY,
        ),
        (r"timed out waiting for engine", Reason.STARTUP_TIMED_OUT),
        (r"GatedRepoError|\b40[13] client error|access to model .* is restricted", Reason.SOURCE_UNAUTHORIZED),
        (
            r"(Repository|Revision|Entry)NotFoundError|\b404 client error|a file named|not a valid model identifier",
            Reason.SOURCE_NOT_FOUND,
        ),
    )
)
"""What the engine says when it ends for a reason that a person can mend."""

_PREFIX = re.compile(r"^(\([^)]*pid=\d+\)\s*)?(?:(?:ERROR|CRITICAL|WARNING|INFO)\s+[-\d]+ [:\d]+ (?:\[[^\]]*\])?\s*)?")
_ERROR = re.compile(r"\b[A-Za-z_.]*(Error|Exception|Interrupt|Exit)\b\s*:")
_SECRETS = re.compile(r"\b(hf_[A-Za-z0-9]{8,}|sk-[-_A-Za-z0-9]{8,}|Bearer\s+\S+)")
_REQUESTS = re.compile(r"prompt|messages=|SchedulerOutput|Dumping input", re.IGNORECASE)


def last_line(log: str) -> str:
    """Give the engine's last line that names an error, else its last line; never one that shows requests or secrets."""
    lines = [_PREFIX.sub("", line.strip()) for line in log.splitlines()]
    shown = [line for line in lines if line and not _REQUESTS.search(line)]
    errors = [line for line in shown if _ERROR.search(line)]
    return _SECRETS.sub("[secret]", (errors or shown or [""])[-1])[:MESSAGE_LIMIT]


def cut(text: str) -> str:
    """Shorten a message for a status."""
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1] + "…"


def reason_of(log: str) -> Reason:
    """Give the reason that the engine's last words speak of; EngineCrashed when they speak of none that we know."""
    return next((reason for pattern, reason in _SAYINGS if pattern.search(log)), Reason.ENGINE_CRASHED)
