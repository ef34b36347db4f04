"""What the API server's refusals mean."""

import json

import pytest

from fmops_operator import errors
from fmops_operator.responses import error_of

RBAC = 'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "n"'
QUOTA = 'services "x" is forbidden: exceeded quota: none, requested: services=1, used: services=0, limited: services=0'


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        pytest.param(403, RBAC, errors.Forbidden, id="a lack of rights is the chart's to mend"),
        pytest.param(403, QUOTA, errors.Refused, id="a quota is the author's to mend"),
        pytest.param(404, "not found", errors.Absent, id="404 is absent"),
        pytest.param(409, "changed", errors.Conflict, id="409 is a conflict"),
        pytest.param(410, "too old", errors.Expired, id="410 is expired"),
        pytest.param(422, "invalid", errors.Refused, id="422 is a refusal"),
        pytest.param(400, "unknown field", errors.Refused, id="400 is a refusal"),
        pytest.param(401, "Unauthorized", errors.Unavailable, id="a token that has just ended comes back"),
        pytest.param(429, "slow down", errors.Unavailable, id="429 passes"),
        pytest.param(500, "etcd", errors.Unavailable, id="500 passes"),
        pytest.param(503, "starting", errors.Unavailable, id="503 passes"),
    ],
)
def test_kind(code: int, message: str, kind: type[errors.ClusterError]) -> None:
    error = error_of(code, json.dumps({"kind": "Status", "message": message}).encode())
    assert type(error) is kind
    assert error.message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b'{"message": "a\\nb  c"}', "a b c", id="a message becomes one line"),
        pytest.param(b"<html>no</html>", "<html>no</html>", id="what is no JSON is quoted"),
        pytest.param(b"x" * 1000, "x" * 300, id="and cut"),
        pytest.param(b"[1]", "[1]", id="JSON of another shape is quoted"),
        pytest.param(b"", "the API server answered 500", id="nothing is said so"),
        pytest.param(b"\xff\xfe", "\ufffd\ufffd", id="bytes that are no text do no harm"),
    ],
)
def test_message(body: bytes, message: str) -> None:
    assert error_of(500, body).message == message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (None, None), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)],
    ids=["seconds", "no header", "empty", "a date", "less than none"],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert error_of(429, b"{}", header).retry_after == seconds
