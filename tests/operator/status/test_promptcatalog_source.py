"""What is known of a source that a Job reads: when it is due, and what Job and pods say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fmops_api.catalogsource import CatalogSource
from fmops_api.promptcatalogstatus import PromptCatalogStatus, SourceStatus
from fmops_operator.status.promptcatalog_source import is_due, known_before, read, seconds_until

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
EARLIER, LATER = "2026-11-25T11:00:00Z", "2026-11-25T11:30:00Z"
REPORT = {"name": "big", "entries": 3, "digest": "sha256:ab", "holdings": {"labelled": 2}}
NEW = SourceStatus(name="big", inputs_hash="h")
READ = NEW.model_copy(update={"read_at": EARLIER, "digest": "sha256:00"})
FAILED = NEW.model_copy(update={"reason": "SourceNotFound", "message": "no such object"})


def source(interval: str | None = None) -> CatalogSource:
    where = {"uri": "s3://evals/a.jsonl"}
    return CatalogSource.model_validate({"name": "big", "objectStore": where, "refreshInterval": interval})


@pytest.mark.parametrize(
    ("known", "interval", "changed", "due"),
    [
        pytest.param(NEW, None, [], True, id="never read"),
        pytest.param(FAILED, None, [], True, id="a fault"),
        pytest.param(READ, None, [], False, id="read"),
        pytest.param(READ, "2h", [], False, id="read within the interval"),
        pytest.param(READ, "1h", [], True, id="read an interval ago"),
        pytest.param(READ, None, [LATER], True, id="an evaluation found other content since"),
        pytest.param(READ, None, [EARLIER], False, id="an evaluation found other content before"),
    ],
)
def test_when_a_source_is_read(known: SourceStatus, interval: str | None, changed: list[str], due: bool) -> None:
    assert is_due(known, source(interval), changed, NOW) is due


def test_the_next_time_is_known_where_there_is_one() -> None:
    assert [seconds_until(READ, source(interval), NOW) for interval in (None, "2h", "30m")] == [None, 3600.0, 0.0]


def test_what_was_read_of_something_else_is_not_known() -> None:
    status = PromptCatalogStatus(sources=[READ])
    assert known_before(status, source(), "h") == READ
    assert known_before(status, source(), "other") == SourceStatus(name="big", inputs_hash="other")


def job(ended: str = "", **status: Any) -> dict[str, Any]:
    conditions = [{"type": ended, "status": "True", **status}] if ended else []
    return {"metadata": {"creationTimestamp": LATER}, "status": {"conditions": conditions}}


def pod(message: str = "", code: int = 0, reason: str = "Completed", born: str = LATER) -> dict[str, Any]:
    terminated = {"exitCode": code, "reason": reason, "message": message}
    return {
        "metadata": {"creationTimestamp": born},
        "status": {"containerStatuses": [{"state": {"terminated": terminated}}]},
    }


def unstarted(**status: Any) -> dict[str, Any]:
    return {"metadata": {}, "status": status}


def test_a_report_is_kept_with_when_its_job_was_made_and_no_fault_stands_beside_it() -> None:
    summary = '{"report": {"name": "big", "entries": 3, "digest": "sha256:ab", "holdings": {"labelled": 2}}}'
    found = read(FAILED, job("Complete"), [pod(summary)])
    assert (found.fault, found.waiting) == (None, "")
    assert found.status.to_manifest() == {
        **REPORT,
        "holdings": {
            "labelled": 2,
            "classified": 0,
            "positive": 0,
            "negative": 0,
            "judged": 0,
            "compared": 0,
            "provenance": {},
        },
        "inputsHash": "h",
        "readAt": LATER,
    }


@pytest.mark.parametrize(
    ("made", "pods", "reason", "words"),
    [
        pytest.param(
            job("Failed"),
            [pod('{"reason": "SourceUnreadable", "message": "line 3"}', 2, born=LATER), pod("", 1, born=EARLIER)],
            "SourceUnreadable",
            "line 3",
            id="the newest try's own words",
        ),
        pytest.param(
            job("Failed"), [pod("", 137, "OOMKilled")], "ResolutionFailed", "going over 1Gi of memory", id="memory"
        ),
        pytest.param(job("Failed"), [pod("", 1)], "ResolutionFailed", "exit status 1 and left no", id="no sentence"),
        pytest.param(
            job("Failed"), [pod('{"reason": "Nonsense", "message": "m"}', 1)], "ResolutionFailed", "exit", id="no word"
        ),
        pytest.param(
            job("Failed", reason="DeadlineExceeded", message="Job was active longer than specified deadline"),
            [],
            "ResolutionFailed",
            "its Job failed: Job was active longer",
            id="too long",
        ),
        pytest.param(job("Complete"), [], "ResolutionFailed", "its report is gone", id="a pod that is gone"),
        pytest.param(job("Complete"), [pod("garbage")], "ResolutionFailed", "its report is gone", id="garbage"),
    ],
)
def test_how_a_job_ends_badly(made: dict[str, Any], pods: list[dict[str, Any]], reason: str, words: str) -> None:
    found = read(READ, made, pods)
    assert found.fault is not None
    assert (found.status.reason, found.status.digest, found.status.read_at) == (reason, "sha256:00", EARLIER)
    assert words in found.fault[1]


@pytest.mark.parametrize(
    ("pods", "waiting"),
    [
        pytest.param([], "a Job reads it", id="no pod yet"),
        pytest.param(
            [unstarted(conditions=[{"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}])],
            "the pod has no node: 0/3 nodes",
            id="no node",
        ),
    ],
)
def test_an_earlier_fault_stands_while_a_job_tries_again(pods: list[dict[str, Any]], waiting: str) -> None:
    assert read(FAILED, job(), pods).status == FAILED
    assert (read(NEW, job(), pods).waiting, read(NEW, job(), pods).fault) == (waiting, None)


def test_a_secret_that_is_missing_stands_in_the_way_and_is_not_remembered() -> None:
    waiting = {"reason": "CreateContainerConfigError", "message": 'secret "s3" not found'}
    found = read(NEW, job(), [unstarted(containerStatuses=[{"state": {"waiting": waiting}}])])
    assert found.status == NEW
    assert found.fault is not None
    assert (str(found.fault[0]), 'secret "s3" not found' in found.fault[1]) == ("SourceUnauthorized", True)
