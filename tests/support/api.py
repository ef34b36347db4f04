"""A small client of the API server: one connection, JSON in and out. It may be asked often, for it costs little."""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.cluster.control_plane import ControlPlane
from tests.cluster.credentials import admin_context

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
_PLURALS = {"NetworkPolicy": "networkpolicies"}


class RefusedError(AssertionError):
    """The API server said no; the text is its own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Api:
    """The API server, as its administrator. For one thread."""

    def __init__(self, cluster: ControlPlane) -> None:
        address = urlsplit(cluster.layout.server)
        context = admin_context(cluster.layout)
        self._connection = http.client.HTTPSConnection(str(address.hostname), address.port, context=context, timeout=60)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def request(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """Ask; raises RefusedError."""
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        try:
            self._connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, http.client.CannotSendRequest, ConnectionError, ssl.SSLError):
            self._connection.close()  # kept open too long: the server may close an idle connection
            self._connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RefusedError(answer.status, str(json.loads(text).get("message")))
        found: dict[str, Any] = json.loads(text)
        return found

    def apply(self, manifest: Mapping[str, Any], namespace: str) -> dict[str, Any]:
        """Apply an object as a person would; gives it as stored."""
        path = path_of(manifest["apiVersion"], manifest["kind"], namespace, manifest["metadata"]["name"])
        query = urlencode({"fieldManager": "person", "force": "true"})
        return self.request("PATCH", f"{path}?{query}", dict(manifest), APPLY)

    def merge(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Patch an object, or with `/status` its status."""
        return self.request("PATCH", path, dict(body), MERGE)

    def find(self, path: str) -> dict[str, Any] | None:
        """Give an object, or None."""
        try:
            return self.request("GET", path)
        except RefusedError as refused:
            if refused.code == 404:
                return None
            raise

    def condition(self, path: str, kind: str) -> str:
        """Give the status of a condition of an object; empty when it has none yet, or is not there."""
        conditions = (self.find(path) or {}).get("status", {}).get("conditions", ())
        return next((str(each["status"]) for each in conditions if each["type"] == kind), "")

    def items(self, path: str, labels: str = "") -> list[dict[str, Any]]:
        """List objects that are not on their way out, oldest first."""
        found = self.request("GET", f"{path}?{urlencode({'labelSelector': labels})}")["items"]
        staying = [each for each in found if "deletionTimestamp" not in each["metadata"]]
        return sorted(staying, key=lambda each: (each["metadata"]["creationTimestamp"], each["metadata"]["name"]))


def path_of(api_version: str, kind: str, namespace: str, name: str = "") -> str:
    """Give the URL path of an object, or of all of a namespace."""
    root = "/apis" if "/" in api_version else "/api"
    plural = _PLURALS.get(kind, f"{kind.lower()}s")
    return f"{root}/{api_version}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")
