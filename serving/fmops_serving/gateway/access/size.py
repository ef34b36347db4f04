"""How much text a request brings, for a guess of its tokens."""

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.guard.openai.places import Path, texts_of


def size_of_text(exchange: Exchange) -> int:
    """Give the bytes of a body, without pictures and sounds, whose tokens have nothing to do with their size."""
    if not exchange.is_json:
        return 0
    if exchange.body.find(b"data:") < 0 and exchange.body.find(b"input_audio") < 0:
        return len(exchange.body)
    return sum(len(each.text) for each in texts_of(exchange.parsed) if not _is_media(each.text, each.path or ()))


def _is_media(text: str, path: Path) -> bool:
    return text[:5].lower() == "data:" or path[-2:] == ("input_audio", "data")
