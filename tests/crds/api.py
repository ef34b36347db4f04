"""Objects against a real API server over one kept connection: kubectl would cost 0.1 s an object."""

import http.client
import json
import ssl
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from fmops_api.crd import KINDS
from tests.cluster.control_plane import ControlPlane

_PLURALS = {kind.kind_name: kind.names.plural for kind in KINDS}


class Refusal(Exception):  # noqa: N818
    """The API server refuses an object; `str` is its own message."""


class Api:
    """One connection, as an administrator, to our three resources in one namespace."""

    def __init__(self, cluster: ControlPlane, namespace: str) -> None:
        authority = cluster.layout.authority
        context = ssl.create_default_context(cafile=str(authority.certificate))
        context.load_cert_chain(str(authority.certificate_of("admin")), str(authority.key_of("admin")))
        server = urlsplit(cluster.layout.server)
        self._connection = http.client.HTTPSConnection(str(server.hostname), server.port, context=context, timeout=60)
        self._namespace = namespace

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Create an object and give it as stored; raises Refusal."""
        return self._send("POST", self._path(manifest["kind"]), manifest)

    def update(self, manifest: dict[str, Any], *, dry: bool = False) -> dict[str, Any]:
        """Replace an object; `dry` changes nothing; raises Refusal."""
        path = f"{self._path(manifest['kind'])}/{manifest['metadata']['name']}"
        return self._send("PUT", path, manifest, dry=dry)

    def try_create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Say how an object would be stored, and store nothing; raises Refusal."""
        return self._send("POST", self._path(manifest["kind"]), manifest, dry=True)

    def read(self, kind: str, name: str) -> dict[str, Any]:
        """Read an object."""
        return self._send("GET", f"{self._path(kind)}/{name}", None)

    def update_status(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Replace the status of an object; raises Refusal."""
        path = f"{self._path(manifest['kind'])}/{manifest['metadata']['name']}/status"
        return self._send("PUT", path, manifest)

    def _path(self, kind: str) -> str:
        return f"/apis/fmops.dev/v1alpha1/namespaces/{self._namespace}/{_PLURALS[kind]}"

    def _send(self, verb: str, path: str, body: dict[str, Any] | None, *, dry: bool = False) -> dict[str, Any]:
        query = "" if body is None else "?fieldValidation=Strict" + ("&dryRun=All" if dry else "")
        sent = None if body is None else json.dumps(body)
        self._connection.request(verb, path + query, sent, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status >= 400:
            raise Refusal(answer["message"])
        return answer
