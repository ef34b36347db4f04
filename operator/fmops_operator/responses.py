"""What the API server's refusals mean: pure, from a status code and a body to our errors."""

import json

from fmops_operator.errors import Absent, ClusterError, Conflict, Expired, Forbidden, Refused, Unavailable


def error_of(code: int, body: bytes, retry_after: str | None = None) -> ClusterError:
    """Sort a failed answer by who can mend it."""
    message, wait = message_of(code, body), seconds_of(retry_after)
    if code == 403 and not by_rights(message):
        return Refused(message)  # quota, admission and terminating namespaces say 403 as well
    kinds = {403: Forbidden, 404: Absent, 409: Conflict, 410: Expired}
    if code in kinds:
        return kinds[code](message, wait)
    if code in {401, 408, 429} or code >= 500:
        return Unavailable(message, wait)
    return Refused(message)


def by_rights(message: str) -> bool:
    """Tell a refusal of RBAC from one of admission: only the first speaks of what a user cannot do."""
    return 'User "' in message and '" cannot ' in message


def message_of(code: int, body: bytes) -> str:
    """Give the server's own sentence, in one line."""
    try:
        status = json.loads(body)
        text = status["message"]
    except (ValueError, TypeError, KeyError):
        text = body[:300].decode(errors="replace")
    return " ".join(str(text).split()) or f"the API server answered {code}"


def seconds_of(retry_after: str | None) -> float | None:
    """Read Retry-After; the date form, which the API server never sends, counts as not given."""
    return float(retry_after) if retry_after and retry_after.isdigit() else None
