"""What the status of a catalogue says."""

from typing import Any

import pytest

from fmops_api.meta import Condition
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.promptcatalogstatus import USERS_SHOWN, Counts, PromptCatalogStatus, User
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_operator.status.promptcatalog import Release, Trouble, held_back, listed, released, with_users
from tests.operator.evaluation_samples import DIGEST, catalog_manifest

IN_FORCE = {"digest": DIGEST, "bundle": {"configMap": "tickets-1"}, "counts": {"templates": 2}}


def catalog(status: dict[str, Any] | None = None) -> PromptCatalog:
    return PromptCatalog.parse(
        {**catalog_manifest(), "metadata": {"name": "tickets", "generation": 4}, "status": status or {}}
    )


def by_type(status: PromptCatalogStatus) -> dict[str, Condition]:
    return {c.type: c for c in status.conditions}


def test_a_released_catalogue_is_ready_and_counted() -> None:
    status = released(catalog(), Release(DIGEST, "tickets-1", Counts(templates=2, labelled=5, unlabelled=1)))
    assert (status.digest, status.bundle and status.bundle.config_map, status.observed_generation) == (
        DIGEST,
        "tickets-1",
        4,
    )
    found = by_type(status)
    assert found["Ready"].message == "bundle tickets-1: 2 templates, 0 rubrics, 6 examples"
    assert {name: c.status for name, c in found.items()} == {
        "Ready": "True",
        "SourcesResolved": "True",
        "Valid": "True",
    }


@pytest.mark.parametrize(
    ("trouble", "kstatus", "sources", "valid"),
    [
        pytest.param(
            Trouble(Reason.SOURCE_NOT_FOUND, "m", stalled=False),
            "Reconciling",
            "False",
            "Unknown",
            id="a source is missing",
        ),
        pytest.param(Trouble(Reason.SOURCE_UNREADABLE, "m"), "Stalled", "False", "False", id="a source is unreadable"),
        pytest.param(Trouble(Reason.INVALID_ENTRY, "m"), "Stalled", "True", "False", id="an entry is faulty"),
        pytest.param(Trouble(Reason.BUNDLE_TOO_LARGE, "m"), "Stalled", "True", "False", id="it is too large"),
        pytest.param(Trouble(Reason.BUNDLE_REFUSED, "m"), "Stalled", "True", "True", id="a quota refuses the bundle"),
    ],
)
def test_what_holds_a_catalogue_back(trouble: Trouble, kstatus: str, sources: str, valid: str) -> None:
    status = held_back(catalog(IN_FORCE), trouble, bundle_there=True)
    found = by_type(status)
    assert (found["Ready"].status, found["Ready"].reason) == ("False", trouble.reason)
    assert found[kstatus].status == "True"
    assert (found["SourcesResolved"].status, found["Valid"].status) == (sources, valid)
    assert status.bundle is not None
    assert found["Ready"].message == "m; in force stays tickets-1"


def test_a_bundle_that_is_gone_is_in_force_no_more() -> None:
    status = held_back(catalog(IN_FORCE), Trouble(Reason.INVALID_ENTRY, "m"), bundle_there=False)
    assert (status.bundle, status.digest, status.counts) == (None, None, None)
    assert by_type(status)["Ready"].message == "m; no bundle is in force"


def test_a_long_message_is_cut_so_that_it_still_says_what_is_in_force() -> None:
    status = held_back(catalog(IN_FORCE), Trouble(Reason.INVALID_ENTRY, "x" * 9000), bundle_there=True)
    message = by_type(status)["Ready"].message
    assert (len(message), message[-27:]) == (4096, "; in force stays tickets-1"[-27:].rjust(27, "x"))


def test_users_are_named_up_to_a_bound_and_counted() -> None:
    users = [User(kind="EvaluationRun", name=f"run-{n:03}") for n in range(60)]
    found = with_users(PromptCatalogStatus(), users[::-1])
    assert (found.users, found.used_by, found.counts) == (60, users[:USERS_SHOWN], None)
    assert with_users(found, []) == PromptCatalogStatus()


def test_many_faults_are_told_by_the_first_ones_and_their_number() -> None:
    assert listed(["a", "b"]) == "a; b"
    assert listed([f"f{n}" for n in range(12)]).endswith("f9; and 2 more")
