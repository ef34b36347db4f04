"""Events: one for each change of Ready, none for the same again, and a failure of theirs stops nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fmops_operator.connection import Request
from fmops_operator.errors import Unavailable
from fmops_operator.events import Recorder, ready_note
from fmops_operator.world import Note

MODEL: dict[str, Any] = {
    "apiVersion": "fmops.dev/v1alpha1",
    "kind": "FoundationModel",
    "metadata": {"name": "m", "namespace": "n", "uid": "u"},
}


def ready(status: str, reason: str) -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": status, "reason": reason, "message": "why"}]}


@pytest.mark.parametrize(
    ("before", "after", "warning"),
    [
        pytest.param({}, ready("False", "EngineProgressing"), False, id="the way there is normal"),
        pytest.param({}, ready("False", "ImagePullFailed"), True, id="a fault is a warning"),
        pytest.param(ready("True", "Serving"), ready("False", "EngineCrashed"), True, id="so is a fall"),
        pytest.param(ready("False", "EngineProgressing"), ready("True", "Serving"), False, id="arriving is normal"),
        pytest.param(
            ready("False", "Unschedulable"), ready("False", "EngineCrashed"), True, id="another reason is news"
        ),
    ],
)
def test_a_change_of_ready_is_news(before: dict[str, Any], after: dict[str, Any], *, warning: bool) -> None:
    assert ready_note(before, after) == Note(after["conditions"][0]["reason"], "why", warning=warning)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ready("True", "Serving"), ready("True", "Serving"), id="the same"),
        pytest.param(
            ready("True", "Serving"),
            {"conditions": [{"type": "Ready", "status": "True", "reason": "Serving", "message": "else"}]},
            id="another message",
        ),
        pytest.param({}, {"conditions": [{"type": "Serving", "status": "True", "reason": "x"}]}, id="no Ready"),
    ],
)
def test_anything_else_is_not(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert ready_note(before, after) is None


class Posts:
    """Takes Events in place of an API server."""

    def __init__(self, error: Exception | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._error = error

    async def send(self, request: Request) -> Any:
        self.bodies.append(request.body)
        if self._error:
            raise self._error


def recorder(posts: Posts) -> Recorder:
    return Recorder(posts, "pod-1", lambda: datetime(2026, 11, 23, tzinfo=UTC))


async def test_the_same_about_the_same_object_is_posted_once() -> None:
    posts = Posts()
    events = recorder(posts)
    for _ in range(3):
        await events.note(MODEL, Note("A", "one"))
    await events.note(MODEL, Note("A", "two"))
    await events.note({**MODEL, "metadata": {**MODEL["metadata"], "uid": "other"}}, Note("A", "one"))
    assert [body["note"] for body in posts.bodies] == ["one", "two", "one"]


async def test_an_event_says_everything_that_the_api_server_asks_for() -> None:
    posts = Posts()
    await recorder(posts).note(MODEL, Note("A", "ü" * 2000, warning=True))
    (body,) = posts.bodies
    assert body["type"] == "Warning"
    assert len(body["note"].encode()) <= 1024
    assert body["regarding"]["uid"] == "u"
    assert body["eventTime"] == "2026-11-23T00:00:00.000000Z"
    assert body["reportingInstance"] == "pod-1"


async def test_an_event_that_cannot_be_posted_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await recorder(Posts(Unavailable("away"))).note(MODEL, Note("A", "one"))
    assert "an Event was not posted: away" in caplog.text


async def test_what_was_said_long_ago_is_forgotten_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = Posts()
    events = recorder(posts)
    monkeypatch.setattr("fmops_operator.events.MOST_REMEMBERED", 2)
    for message in ("a", "b", "c", "a"):
        await events.note(MODEL, Note("A", message))
    assert [body["note"] for body in posts.bodies] == ["a", "b", "c", "a"]
    assert len(events._said) == 2
