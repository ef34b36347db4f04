"""How tests are spread over the processes of pytest-xdist: whole files, together those that share something dear."""

from functools import cache
from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

_TOGETHER = {
    "outages": ("operator/proofs/test_outage.py",),
    "control plane": (
        "operator/proofs",
        "operator/test_cluster.py",
        "operator/test_cache.py",
        "crds/test_cel.py",
        "cluster/test_control_plane.py",
        "cluster/test_control_plane_faults.py",
        "serving/results/test_commands.py",
    ),
    "evaluations": ("operator/reconcile", "operator/routes"),
    "models": ("operator/reconcile/foundationmodel",),
}
"""Paths below tests/ by what their tests share: a control plane of their own, the common one, or an operator on it.

They come first and in this order, for they wait more than they compute, and the files that compute fill the time.
"""


@cache
def group_of(path: str) -> str:
    """Name the group of a test file, by its path in the repository: that of the longest entry that fits, or itself."""
    fitting = [
        (len(entry), group)
        for group, entries in _TOGETHER.items()
        for entry in entries
        if PurePosixPath(path).is_relative_to(f"tests/{entry}")
    ]
    return max(fitting)[1] if fitting else path


def rank(path: str) -> int:
    """Say how early a test file begins."""
    group = group_of(path)
    return list(_TOGETHER).index(group) if group in _TOGETHER else len(_TOGETHER)


def leaves_groups(path: str, following: str) -> bool:
    """Say whether a process has done its groups with this file: what follows shares nothing dear, to the end."""
    return group_of(path) in _TOGETHER and group_of(following) not in _TOGETHER


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each process one group of files after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])
