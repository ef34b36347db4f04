"""What a real API server makes of objects: bad ones are refused in words, good ones come back as they were given."""

import copy
from collections.abc import Iterator

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.crds.api import Api, Refusal
from tests.crds.rows import Accepted, Refused, Transition
from tests.crds.tables import ACCEPTED, KIND_OF, REFUSED, TRANSITIONS, sentence
from tests.support.control_plane import new_namespace


@pytest.fixture(scope="module")
def api(crds_installed: ControlPlane) -> Iterator[Api]:
    with Api(crds_installed, new_namespace(crds_installed, "cel")) as connection:
        yield connection


@pytest.mark.parametrize("row", REFUSED, ids=sentence)
def test_refused(row: Refused, api: Api) -> None:
    with pytest.raises(Refusal) as refusal:
        api.try_create(row.manifest)
    message = str(refusal.value)
    at = f"{row.field}: " if row.field else ""
    assert at in message
    assert row.words in message
    # CEL can find out whether a pattern compiles in one way only: by using it.
    judged = "evaluating rule" not in message or "error parsing regexp" in message
    assert judged, "a rule must judge what it is given, not stumble over it"


@pytest.mark.parametrize("row", ACCEPTED, ids=sentence)
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


@pytest.mark.parametrize("row", TRANSITIONS, ids=sentence)
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
    rows = (*REFUSED, *ACCEPTED, *TRANSITIONS)
    assert len(REFUSED) >= 60
    assert len(ACCEPTED) >= 25
    assert len({sentence(row) for row in rows}) == len(rows)
