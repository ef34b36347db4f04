"""Sources of a catalogue that a Job reads in the cluster, read from a laptop."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fmops_api.catalogsource import CatalogSource, SourceReport
from fmops_api.promptcatalog import Example, PromptCatalogSpec
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_serving.evaluate.errors import BadInput, NotMeasured
from fmops_serving.evaluate.laptop.options import pairs
from fmops_serving.evaluate.stopping import run_until_told
from fmops_serving.prompts.elsewhere import allowed_labels
from fmops_serving.prompts.faults import did_you_mean
from fmops_serving.resolve.places import Reach, Unresolved
from fmops_serving.resolve.reading import read_examples

Read = Mapping[str, tuple[SourceReport, list[Example]]]
"""What sources hold, by name."""
_AWAY = (Reason.SOURCE_UNREACHABLE, Reason.RESOLUTION_FAILED)


def volumes(given: Sequence[str]) -> dict[str, Path]:
    """Read --volume CLAIM=DIR; raises BadInput."""
    found = {claim: Path(folder) for claim, folder in pairs("--volume", given, "CLAIM=DIR, such as evals=data").items()}
    for claim, folder in found.items():
        if not folder.is_dir():
            raise BadInput(f"--volume {claim}: {folder} is no folder")
    return found


def read_sources(spec: PromptCatalogSpec, folders: Mapping[str, Path]) -> Read:
    """Read every source that stands in no ConfigMap; raises BadInput or NotMeasured."""
    sources = [source for source in spec.sources or () if source.bulky]
    claims = {source.persistent_volume_claim.claim_name for source in sources if source.persistent_volume_claim}
    for claim in folders.keys() - claims:
        raise BadInput(f"--volume {claim}: no source of the catalogue is on that claim{did_you_mean(claim, claims)}")
    return run_until_told(_read(spec, sources, Reach(folders, own_keys=True))) if sources else {}


async def _read(spec: PromptCatalogSpec, sources: Sequence[CatalogSource], reach: Reach) -> Read:
    try:
        return {s.name: await read_examples(s, allowed_labels(spec, s.name), reach) for s in sources}
    except Unresolved as error:
        raise (NotMeasured if error.reason in _AWAY else BadInput)(str(error)) from None
