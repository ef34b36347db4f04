"""All rows together, and how a row is called."""

from fmops_api.crd import KINDS
from tests.crds import (
    accepted_evaluationruns,
    accepted_figures,
    accepted_foundationmodels,
    accepted_promptcatalogs,
    accepted_prompts,
    guarded_foundationmodels,
    measured_foundationmodels,
    refused_balancing,
    refused_cards,
    refused_evaluationruns,
    refused_examples,
    refused_executions,
    refused_foundationmodels,
    refused_gates,
    refused_judges,
    refused_metrics,
    refused_pods,
    refused_promptcatalogs,
    refused_prompts,
    refused_selections,
    transitions,
)
from tests.crds.rows import Accepted, Refused, Transition

KIND_OF = {kind.kind_name: kind for kind in KINDS}
REFUSED = (
    *refused_foundationmodels.ROWS,
    *refused_cards.ROWS,
    *refused_pods.ROWS,
    *refused_balancing.ROWS,
    *guarded_foundationmodels.REFUSED,
    *measured_foundationmodels.REFUSED,
    *refused_promptcatalogs.ROWS,
    *refused_examples.ROWS,
    *refused_prompts.ROWS,
    *refused_evaluationruns.ROWS,
    *refused_executions.ROWS,
    *refused_metrics.ROWS,
    *refused_gates.ROWS,
    *refused_selections.ROWS,
    *refused_judges.ROWS,
)
ACCEPTED = (
    *accepted_foundationmodels.ROWS,
    *guarded_foundationmodels.ACCEPTED,
    *measured_foundationmodels.ACCEPTED,
    *accepted_promptcatalogs.ROWS,
    *accepted_prompts.ROWS,
    *accepted_evaluationruns.ROWS,
    *accepted_figures.ROWS,
)
TRANSITIONS = transitions.ROWS


def sentence(row: object) -> str:
    """Name a row, for pytest."""
    if isinstance(row, Transition):
        return row.sentence
    assert isinstance(row, Accepted | Refused)
    return f"{row.manifest['kind']}: {row.sentence}"
