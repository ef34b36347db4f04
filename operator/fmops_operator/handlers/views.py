"""What is watched beside our own kinds, and where it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmops_operator.cache import Shelf
from fmops_operator.manifest import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    EVALUATION_RUN,
    FOUNDATION_MODEL,
    JOB,
    NETWORK_POLICY,
    OWNER_LABELS,
    POD,
    POD_MONITOR,
    PROMETHEUS_RULE,
    PROMPT_CATALOG,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    Kind,
)

OURS = (FOUNDATION_MODEL, PROMPT_CATALOG, EVALUATION_RUN)
MENTIONED = (CONFIG_MAP,)
"""Kinds that users make and our objects mention, and that may be large: watched as metadata, to know of changes."""
KEPT = (CLAIM,)
"""Kinds that users make, our objects mention and every look reads: kept whole, whoever made them."""
ROUTES = (SECRET, CONFIG_MAP)
"""Kinds that we keep in the gateway's namespace, and nowhere else: watched there by their label."""
_USERS_HAVE_TOO = frozenset(MENTIONED)


@dataclass(frozen=True)
class ChildKind:
    """A kind of children, by the kind of their owner."""

    kind: Kind
    owner: Kind
    optional: bool = False

    def shelf(self) -> Shelf:
        """Make the place where they are kept."""
        return Shelf(self.kind, OWNER_LABELS[self.owner.name], complete=self.kind not in _USERS_HAVE_TOO)


CHILDREN: Sequence[ChildKind] = (
    *(
        ChildKind(kind, FOUNDATION_MODEL)
        for kind in (DEPLOYMENT, SERVICE, SERVICE_ACCOUNT, DISRUPTION_BUDGET, NETWORK_POLICY, POD)
    ),
    ChildKind(POD_MONITOR, FOUNDATION_MODEL, optional=True),
    ChildKind(PROMETHEUS_RULE, FOUNDATION_MODEL, optional=True),
    *(ChildKind(kind, PROMPT_CATALOG) for kind in (JOB, POD, CONFIG_MAP)),
    *(ChildKind(kind, EVALUATION_RUN) for kind in (JOB, POD, CONFIG_MAP)),
)
