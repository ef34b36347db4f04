"""Why a connection could not be made, in the operating system's words."""

import os

from aiohttp import ClientConnectorError


def why(error: ClientConnectorError) -> str:
    """Say `Connection refused`, `Name or service not known` and the like, without addresses."""
    if error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or "no connection"
