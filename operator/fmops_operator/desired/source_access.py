"""What reading the sources of a catalogue means for a pod: arguments, keys and volumes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from fmops_api.catalogsource import CatalogSource, variable_of
from fmops_operator.desired.store_keys import store_keys
from fmops_operator.manifest import Manifest

FOLDER = "/var/lib/fmops/volumes"
"""Where claims are mounted, each in a folder of its name."""


def source_arguments(sources: Sequence[CatalogSource]) -> list[str]:
    """Give a program's options for sources, each as it stands in the catalogue, and for the claims they are on."""
    given = [source.model_copy(update={"refresh_interval": None}) for source in sources]
    told = [part for each in given for part in ("--source", each.model_dump_json(by_alias=True, exclude_none=True))]
    return [*told, *(part for claim in _claims(sources) for part in ("--volume", f"{claim}={FOLDER}/{claim}"))]


def source_variables(sources: Iterable[CatalogSource]) -> list[Manifest]:
    """Give the keys of each source's store under names of its own."""
    return [
        variable
        for source in sources
        if source.object_store
        for variable in store_keys(source.object_store, partial(variable_of, source.name))
    ]


def source_volumes(sources: Iterable[CatalogSource], there: Mapping[str, str]) -> list[Manifest]:
    """Give the volumes; a claim that the pod has already, by its volume's name in `there`, is not named twice."""
    return [
        {"name": name, "persistentVolumeClaim": {"claimName": claim, "readOnly": True}}
        for claim, name in _volume_names(sources, there).items()
        if claim not in there
    ]


def source_mounts(sources: Iterable[CatalogSource], there: Mapping[str, str]) -> list[Manifest]:
    """Give the mounts, whole and read-only: a file that is missing is told by the program, not by the kubelet."""
    return [
        {"name": name, "mountPath": f"{FOLDER}/{claim}", "readOnly": True}
        for claim, name in _volume_names(sources, there).items()
    ]


def _volume_names(sources: Iterable[CatalogSource], there: Mapping[str, str]) -> dict[str, str]:
    return {claim: there.get(claim, f"source-{index}") for index, claim in enumerate(_claims(sources))}


def _claims(sources: Iterable[CatalogSource]) -> list[str]:
    found = (source.persistent_volume_claim for source in sources)
    return sorted({claim.claim_name for claim in found if claim})
