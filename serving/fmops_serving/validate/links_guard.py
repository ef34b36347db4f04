"""What guard rails say of other models, as far as these are among the files."""

from collections.abc import Iterator, Mapping

from fmops_api.foundationmodel import FoundationModel
from fmops_api.guarding import circle, guard_models, unsuitable
from fmops_serving.prompts.faults import Fault


def guard_faults(
    model: FoundationModel, namespace: str, models: Mapping[tuple[str, str], FoundationModel], outside: list[str]
) -> Iterator[Fault]:
    """Follow the guard models of a model's rails; those that are not among the files go to `outside`."""
    asks = {name: guard_models(each) for (where, name), each in models.items() if where == namespace}
    for rail in model.spec.guardrails or ():
        if rail.guard_model is None:
            continue
        name = rail.guard_model.model.name
        guard = models.get((namespace, name))
        if guard is None:
            outside.append(f"FoundationModel/{name}")
        elif why := unsuitable(guard) or circle(model.metadata.name, name, asks):
            yield Fault(f"spec.guardrails[{rail.name}].guardModel.model", why)
