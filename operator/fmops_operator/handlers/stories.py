"""The stories that this operator tells, by kind."""

from collections.abc import Mapping

from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.promptcatalog import PromptCatalog
from fmops_operator.reconcile import evaluationrun, foundationmodel, promptcatalog
from fmops_operator.story import Story

STORIES: Mapping[str, Story] = {
    FoundationModel.kind_name: Story(FoundationModel, foundationmodel.reconcile),
    PromptCatalog.kind_name: Story(PromptCatalog, promptcatalog.reconcile),
    EvaluationRun.kind_name: Story(EvaluationRun, evaluationrun.reconcile),
}
