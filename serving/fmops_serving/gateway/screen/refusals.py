"""What clients hear when guard rails let nothing through. None of it quotes a text."""

from fmops_serving.gateway.refusal import Refusal

CANNOT_SCREEN = "cannot_be_screened"


def blocked(rail: str, what: str) -> Refusal:
    """Say that a rail found something in a request or an answer."""
    return Refusal(400, "content_filter", f"the {what} was blocked by guard rail {rail}", type="content_filter")


def unavailable(rail: str) -> Refusal:
    """Say that a rail could not tell."""
    return Refusal(
        503, "guardrail_unavailable", f"guard rail {rail} failed, and nothing passes without it", type="server_error"
    )


def unreadable(why: str) -> Refusal:
    """Say why an answer cannot be looked at."""
    return Refusal(502, CANNOT_SCREEN, f"the model's answer was not screened: {why}", type="server_error")
