"""What claim and pods tell of weights on a volume: pure."""

from collections.abc import Sequence

from fmops_api.reasons import FoundationModelReason as Reason
from fmops_api.sources import VolumeSource
from fmops_operator.manifest import Manifest
from fmops_operator.observed import CHECK_WEIGHTS, Pod
from fmops_operator.status.foundationmodel_pods import Finding


def find_folder(source: VolumeSource, claim: Manifest | None, pods: Sequence[Pod]) -> Finding:
    """Say whether the folder is there: the newest pod that looked into the volume knows."""
    name, path = source.claim_name, source.path or "/"
    if claim is None:
        return Finding(False, Reason.SOURCE_NOT_FOUND, f"there is no PersistentVolumeClaim {name}")
    phase = (claim.get("status") or {}).get("phase", "Pending")
    if phase == "Lost":
        return Finding(False, Reason.SOURCE_NOT_FOUND, f"the volume of PersistentVolumeClaim {name} is lost")
    looks = (check.ended for pod in reversed(pods) for check in pod.checks if check.name == CHECK_WEIGHTS)
    ended = next((each for each in looks if each), None)
    if ended is None:
        state = f"PersistentVolumeClaim {name} is {phase}; its folder is looked at when a pod starts"
        return Finding(None, Reason.SOURCE_UNVERIFIED, state)
    if ended.exit_code == 0:
        return Finding(True, Reason.SOURCE_RESOLVED, f"{path} of PersistentVolumeClaim {name} has a config.json")
    found = ended.message.strip().splitlines()[-1:] or [f"the check ended with {ended.exit_code}"]
    return Finding(False, Reason.SOURCE_NOT_FOUND, f"PersistentVolumeClaim {name}: {found[0]}")
