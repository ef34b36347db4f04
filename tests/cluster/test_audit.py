"""Reading the audit log."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.audit import AuditFilter, parse_event, read_events


def line(**changes: Any) -> str:
    event = {
        "verb": "patch",
        "user": {"username": "operator"},
        "userAgent": "kopf/1.45",
        "objectRef": {"resource": "foundationmodels", "subresource": "status", "namespace": "a", "name": "m"},
        "responseStatus": {"code": 200},
        "requestURI": "/apis/fmops.dev/v1alpha1/namespaces/a/foundationmodels/m/status",
        "requestReceivedTimestamp": "2026-01-01T00:00:00.000000Z",
    }
    return json.dumps(event | changes)


def test_an_event_names_who_wrote_what() -> None:
    event = parse_event(line())
    assert (event.verb, event.user, event.agent) == ("patch", "operator", "kopf/1.45")
    assert (event.resource, event.namespace, event.name) == ("foundationmodels/status", "a", "m")
    assert (event.code, event.dry_run) == (200, False)


def test_an_event_without_object_or_answer_is_read_too() -> None:
    event = parse_event(line(objectRef=None, responseStatus=None, userAgent="x"))
    assert (event.resource, event.namespace, event.code) == ("", "", 0)


def test_a_dry_run_is_known_by_its_query() -> None:
    assert parse_event(line(requestURI="/api/v1/x?dryRun=All&force=true")).dry_run


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        pytest.param(AuditFilter(), True, id="an empty filter keeps all"),
        pytest.param(AuditFilter(verb="patch", user="operator"), True, id="all that is named agrees"),
        pytest.param(AuditFilter(agent="kopf/"), True, id="the agent may be a part"),
        pytest.param(AuditFilter(agent="kubectl"), False, id="another agent"),
        pytest.param(AuditFilter(verb="create"), False, id="another verb"),
        pytest.param(AuditFilter(user="oper"), False, id="a user is whole or not at all"),
        pytest.param(AuditFilter(resource="foundationmodels"), False, id="a subresource is another resource"),
        pytest.param(AuditFilter(namespace="b"), False, id="another namespace"),
    ],
)
def test_a_filter_keeps_what_agrees_with_every_field(wanted: AuditFilter, *, kept: bool) -> None:
    assert wanted.keeps(parse_event(line())) is kept


def test_a_line_that_is_being_written_is_left_for_later(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    first, second = line(verb="create"), line(verb="delete")
    log.write_text(f"{first}\n{second[:40]}")
    assert [event.verb for event in read_events(log)] == ["create"]
    log.write_text(f"{first}\n{second}\n")
    assert [event.verb for event in read_events(log, offset=len(first) + 1)] == ["delete"]


def test_a_log_that_is_not_there_has_no_events(tmp_path: Path) -> None:
    assert list(read_events(tmp_path / "none")) == []
