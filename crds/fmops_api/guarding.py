"""Which models may judge texts of which: rules about guard models that operator and command line share."""

from collections.abc import Mapping, Sequence

from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.sources import ProviderApi


def guard_models(model: FoundationModel | None) -> Sequence[str]:
    """Name the models that a model's guard rails ask."""
    rails = (model.spec.guardrails if model else None) or ()
    return [rail.guard_model.model.name for rail in rails if rail.guard_model]


def unsuitable(guard: FoundationModel) -> str:
    """Say why a model cannot judge texts; empty when it can."""
    name, provider = guard.metadata.name, guard.spec.source.provider
    if guard.spec.task is not Task.CHAT:
        return f"{name} has task {guard.spec.task}: only Chat models judge"
    if provider is not None and provider.api is not ProviderApi.OPENAI:
        return f"{name} speaks {provider.api}: name a model of own pods, a service, or a provider of api OpenAI"
    return ""


def circle(model: str, guard: str, asks: Mapping[str, Sequence[str]]) -> str:
    """Say how a guard model is the model itself, or leads back to it; empty when it does not."""
    if guard == model:
        return f"{model} is the model itself: name another FoundationModel"
    ways: list[tuple[str, ...]] = [(guard,)]
    seen = {guard}
    for way in ways:
        for name in asks.get(way[-1], ()):
            if name == model:
                shown = " → ".join((model, *way, model))
                return f"models guard each other in a circle ({shown}): take the rail off one of them"
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ""
