"""What an operator wrote, by the API server's count, and how often it looked at what."""

from tests.cluster.audit import AuditEvent, AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.support.operator_process import Operator


def writes_of(cluster: ControlPlane, user: str, offset: int = 0) -> list[AuditEvent]:
    """The operator's writes but for its Lease, which it renews while it lives, by the API server's count."""
    events = cluster.audit_events(AuditFilter(user=user), offset=offset)
    return [each for each in events if each.resource != "leases"]


def looks_at(operator: Operator, kind: str) -> float:
    """How often it looked at an object of a kind, to the end."""
    return operator.metric(f'fmops_reconcile_total{{kind="{kind}",result="done"}}') or 0
