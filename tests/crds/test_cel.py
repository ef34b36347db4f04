"""What a real API server makes of objects: bad ones are refused in words, good ones come back as they were given."""

import copy
from collections.abc import Iterator

import pytest

from fmops_api.crd import KINDS
from tests.cluster.control_plane import ControlPlane
from tests.crds import (
    accepted,
    refused_evaluationruns,
    refused_foundationmodels,
    refused_pods,
    refused_promptcatalogs,
    transitions,
)
from tests.crds.api import Api, Refusal
from tests.crds.rows import Accepted, Refused, Transition
from tests.support.control_plane import own_namespace

REFUSED = (
    *refused_foundationmodels.ROWS,
    *refused_pods.ROWS,
    *refused_promptcatalogs.ROWS,
    *refused_evaluationruns.ROWS,
)
KIND_OF = {kind.kind_name: kind for kind in KINDS}


def sentences(row: Accepted | Refused | Transition) -> str:
    return f"{row.manifest['kind']}: {row.sentence}" if not isinstance(row, Transition) else row.sentence


@pytest.fixture(scope="module")
def api(crds_installed: ControlPlane) -> Iterator[Api]:
    with own_namespace(crds_installed.kubectl, "cel") as namespace, Api(crds_installed, namespace) as connection:
        yield connection


@pytest.mark.parametrize("row", REFUSED, ids=sentences)
def test_refused(row: Refused, api: Api) -> None:
    with pytest.raises(Refusal) as refusal:
        api.try_create(row.manifest)
    message = str(refusal.value)
    at = f"{row.field}: " if row.field else ""
    assert at in message
    assert row.words in message
    assert "evaluating rule" not in message, "a rule must judge what it is given, not stumble over it"


@pytest.mark.parametrize("row", accepted.ROWS, ids=sentences)
def test_accepted_and_read_back_unchanged(row: Accepted, api: Api) -> None:
    manifest = copy.deepcopy(row.manifest)
    manifest["metadata"] = {"generateName": "accepted-"}
    name = api.create(manifest)["metadata"]["name"]
    stored = api.read(manifest["kind"], name)
    kind = KIND_OF[manifest["kind"]]
    given = kind.parse({**row.manifest, "metadata": stored["metadata"]})
    assert stored["spec"] == given.spec.to_manifest(), "the server adds the declared defaults and nothing else"
    assert stored["status"] == {"observedGeneration": -1}
    assert kind.parse(stored).spec == given.spec


@pytest.mark.parametrize("row", transitions.ROWS, ids=sentences)
def test_change(row: Transition, api: Api) -> None:
    before = copy.deepcopy(row.before)
    before["metadata"] = {"generateName": "changed-"}
    stored = api.create(before)
    after = {**row.after, "metadata": stored["metadata"]}
    if not row.words:
        api.update(after)
        wanted = KIND_OF[after["kind"]].parse(after).spec.to_manifest()
        assert api.read(after["kind"], stored["metadata"]["name"])["spec"] == wanted
        return
    with pytest.raises(Refusal) as refusal:
        api.update(after)
    assert row.words in str(refusal.value)


def test_as_many_rows_as_were_promised() -> None:
    assert len(REFUSED) >= 60
    assert len(accepted.ROWS) >= 25
    assert len({sentences(row) for row in (*REFUSED, *accepted.ROWS, *transitions.ROWS)}) == len(REFUSED) + len(
        accepted.ROWS
    ) + len(transitions.ROWS)
