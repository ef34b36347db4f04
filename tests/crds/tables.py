"""All rows together, and how a row is called."""

from fmops_api.crd import KINDS
from tests.crds import (
    accepted,
    accepted_prompts,
    refused_evaluationruns,
    refused_foundationmodels,
    refused_judges,
    refused_pods,
    refused_promptcatalogs,
    refused_prompts,
    transitions,
)
from tests.crds.rows import Accepted, Refused, Transition

KIND_OF = {kind.kind_name: kind for kind in KINDS}
REFUSED = (
    *refused_foundationmodels.ROWS,
    *refused_pods.ROWS,
    *refused_promptcatalogs.ROWS,
    *refused_prompts.ROWS,
    *refused_evaluationruns.ROWS,
    *refused_judges.ROWS,
)
ACCEPTED = (*accepted.ROWS, *accepted_prompts.ROWS)
TRANSITIONS = transitions.ROWS


def sentence(row: object) -> str:
    """Name a row, for pytest."""
    if isinstance(row, Transition):
        return row.sentence
    assert isinstance(row, Accepted | Refused)
    return f"{row.manifest['kind']}: {row.sentence}"
