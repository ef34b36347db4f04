"""One question over HTTP whose refusal is an answer too."""

import urllib.error
import urllib.request


def fetch(asked: "urllib.request.Request | str", seconds: float = 20) -> tuple[int, str]:
    """Give status and text; 0 and nothing when nobody answers in so many seconds."""
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""
