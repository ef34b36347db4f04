"""Why an exchange brought no response. A limit that passed is a TimeoutError."""

import os
import ssl


class HTTPError(Exception):
    """An exchange that failed."""


class BadAddress(HTTPError):  # noqa: N818 - in the words of the domain
    """A URL that names no server."""


class UnknownHost(HTTPError):  # noqa: N818
    """A host name that nobody knows."""


class Untrusted(HTTPError):  # noqa: N818
    """A server whose certificate is not trusted."""


class Unreachable(HTTPError):  # noqa: N818
    """A server that takes no connection; the text says why, without addresses."""


class Broken(HTTPError):  # noqa: N818
    """A connection that ended before the response did."""


class Malformed(HTTPError):  # noqa: N818
    """Bytes that are no response of HTTP/1.1."""


def of_connecting(error: OSError) -> HTTPError:
    """Say what kept a connection from being made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Untrusted(error.verify_message)
    if isinstance(error, ssl.SSLError):
        return Unreachable(error.reason or "no TLS")
    if error.errno and error.errno > 0:
        return Unreachable(os.strerror(error.errno))
    return Unreachable(error.strerror or "no connection")
