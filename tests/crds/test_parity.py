"""The types and rules say offline what the API server says: operator and `fmops validate` never disagree with it."""

from typing import Any

import pytest
from pydantic import ValidationError

from fmops_api.crd import KINDS, object_schema
from fmops_api.schema import VALIDATIONS, nodes
from fmops_serving.validate.cel import broken_rules
from tests.crds.objects import Manifest
from tests.crds.rows import Accepted, Refused, Transition
from tests.crds.tables import ACCEPTED, KIND_OF, REFUSED, TRANSITIONS, sentence

OUR_SENTENCES = {
    rule["message"] for kind in KINDS for _, node in nodes(object_schema(kind)) for rule in node.get(VALIDATIONS, ())
}


def spec_of(manifest: Manifest) -> Any:
    return KIND_OF[manifest["kind"]].parse(manifest).spec


def faults(manifest: Manifest, stored: Manifest | None = None) -> list[str]:
    """What is wrong with an object, by types and rules alone."""
    try:
        spec = spec_of(manifest)
    except ValidationError as error:
        return [fault["msg"] for fault in error.errors()]
    return [fault.message for fault in broken_rules(spec, "spec", spec_of(stored) if stored else None)]


@pytest.mark.parametrize("row", REFUSED, ids=sentence)
def test_what_the_server_refuses_is_refused_offline(row: Refused) -> None:
    found = faults(row.manifest)
    assert found
    if any(row.words in ours for ours in OUR_SENTENCES):
        words = row.words.removeprefix("each key ")
        assert any(words in message for message in found), "in the same words"


@pytest.mark.parametrize("row", ACCEPTED, ids=sentence)
def test_what_the_server_accepts_is_accepted_offline(row: Accepted) -> None:
    assert faults(row.manifest) == []


@pytest.mark.parametrize("row", TRANSITIONS, ids=sentence)
def test_changes_are_judged_offline_as_on_the_server(row: Transition) -> None:
    assert faults(row.before) == []
    assert faults(row.after, row.before) == ([row.words] if row.words else [])
