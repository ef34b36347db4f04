"""docs/status.md: every condition and reason with its sentence, from fmops_api.reasons."""

from collections.abc import Iterator

from fmops_api import reasons
from fmops_api.reasons import ConditionType, Documented

_HEAD = """\
# Status: conditions and reasons

Generated from `crds/fmops_api/reasons.py` by `make generate`.

Every object has `Ready` from the first pass on. By the kstatus rules (`kubectl wait`, Argo CD, Flux) one of two stands
beside a `Ready` that is not `True`: `Reconciling` while work is under way, `Stalled` when nothing will happen until a
person changes something. The reason of `Ready` names what is at fault; its message says what would help.
"""
_KINDS = ("FoundationModel", "PromptCatalog", "EvaluationRun", "Operator")


def page() -> str:
    """Write the page."""
    sections = [_HEAD, *_section("Conditions", "condition", ConditionType)]
    for kind in _KINDS:
        title = "Of any kind" if kind == "Operator" else kind
        sections += _section(f"Reasons: {title}", "reason", getattr(reasons, f"{kind}Reason"))
    return "\n".join(sections)


def _section(title: str, column: str, members: type[Documented]) -> Iterator[str]:
    yield from (f"## {title}", "", f"| {column} | what it says |", "|---|---|")
    yield from (f"| `{member}` | {member.sentence} |" for member in members)
    yield ""
