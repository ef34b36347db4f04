"""Where a request goes: what a URL says of the server, and of the place on it."""

import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from fmops_serving.http.errors import BadAddress

_PORTS = {"http": 80, "https": 443}
_PLAIN = "/%:@!$&'()*+,;=~-._?"
"""Characters of a path and a query that stay as they are."""


@dataclass(frozen=True)
class Address:
    """A server, and the path and query on it."""

    secure: bool
    host: str
    port: int
    target: str
    authorities: Path | None = None
    """File of the authorities that are trusted instead of the system's."""

    @classmethod
    def of(cls, url: str, authorities: Path | None = None) -> Self:
        """Read an absolute URL; raises BadAddress."""
        try:
            parts = urlsplit(url)
            name = parts.hostname or ""
            host = name if ":" in name else name.encode("idna").decode()
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise BadAddress(str(error)) from None
        if parts.scheme not in _PORTS or not host or not host.isprintable() or parts.username is not None:
            raise BadAddress("a URL begins with http:// or https:// and a host name, without a user")
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return cls(parts.scheme == "https", host, port, quote(target, safe=_PLAIN), authorities)

    @property
    def authority(self) -> str:
        """Give what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        """Give what TLS is spoken with; trusted are `authorities`, or the system's or those of SSL_CERT_FILE."""
        if not self.secure:
            return None
        context = ssl.create_default_context(cafile=self.authorities)
        context.set_alpn_protocols(["http/1.1"])
        return context
