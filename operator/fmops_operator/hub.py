"""Asks the Hugging Face Hub, or a mirror with its API, what a repository holds: commit, config.json, sizes."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.fetching import Question, Reply, Unanswered, fetch
from fmops_operator.remembered import Remembered
from fmops_operator.settings import Settings
from fmops_operator.world import Repository

FOUND_SECONDS = 600.0
MISSING_SECONDS = 30.0
_LISTING_LIMIT, _CONFIG_LIMIT = 16 * 2**20, 4 * 2**20


class _Refused(Exception):  # noqa: N818
    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.answer = Repository(str(reason), message)


class HttpHub:
    """`world.Hub` over HTTP. What was found is kept for ten minutes, what was not for half of one."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        self._session = session
        self._root = settings.hub_url.rstrip("/")
        self._seconds = settings.probe_timeout_seconds
        self._remembered = Remembered[Repository](lambda found: MISSING_SECONDS if found.fault else FOUND_SECONDS)

    async def look_up(self, repo: str, revision: str, token: str | None) -> Repository:
        """Say what the repository holds at that revision; never raises.

        Faults: SourceUnauthorized, SourceNotFound, and SourceUnverified when the hub cannot be asked.
        """
        key = hashlib.sha256(token.encode()).digest() if token else None
        return await self._remembered.get((repo, revision, key), lambda: self._answer(repo, revision, token))

    async def _answer(self, repo: str, revision: str, token: str | None) -> Repository:
        name = f"{repo} at revision {revision}"
        try:
            listing = await self._listing(repo, revision, token)
            commit = str(listing.get("sha") or revision)
            config = await self._config(repo, commit, token)
        except _Refused as refused:
            return refused.answer
        except Unanswered as fault:
            return Repository(str(Reason.SOURCE_UNVERIFIED), f"{self._root} {fault}; the engine will ask for itself")
        files = listing.get("siblings")
        return Repository(
            fault=None,
            message=f"{name} is commit {commit[:12]}",
            commit=commit[:100],
            config=config,
            weight_bytes=weight_bytes(files if isinstance(files, list) else ()),
            parameters=_parameters(listing),
        )

    async def _listing(self, repo: str, revision: str, token: str | None) -> Mapping[str, Any]:
        url = f"{self._root}/api/models/{quote(repo)}/revision/{quote(revision, safe='')}"
        reply = await self._fetch(Question(url, token, redirects=True, params={"blobs": "true"}), _LISTING_LIMIT)
        self._demand_success(reply, f"{repo} at revision {revision}", token)
        listing = reply.json()
        if not isinstance(listing, Mapping):
            raise Unanswered("answers with something that is no description of a model")
        return listing

    async def _config(self, repo: str, commit: str, token: str | None) -> Mapping[str, Any] | None:
        url = f"{self._root}/{quote(repo)}/resolve/{quote(commit, safe='')}/config.json"
        reply = await self._fetch(Question(url, token, redirects=True), _CONFIG_LIMIT)
        if reply.status == 404:
            return None  # some repositories carry the weights in another layout; the engine may know it
        self._demand_success(reply, f"the files of {repo}", token)
        config = reply.json()
        return config if isinstance(config, Mapping) else None

    def _demand_success(self, reply: Reply, what: str, token: str | None) -> None:
        error = reply.headers.get("X-Error-Code", "")
        if reply.status == 404 or error in {"RepoNotFound", "RevisionNotFound"}:
            raise _Refused(Reason.SOURCE_NOT_FOUND, f"{self._root} has no {what}{_or_private(error, token)}")
        if reply.status in {401, 403}:
            lack = (
                "the token may not read it" if token else "it asks for a token: give source.huggingFace.tokenSecretRef"
            )
            raise _Refused(
                Reason.SOURCE_UNAUTHORIZED, f"{self._root} refuses {what} with status {reply.status}: {lack}"
            )
        if reply.status != 200:
            raise Unanswered(f"answers with status {reply.status}")

    async def _fetch(self, question: Question, limit: int) -> Reply:
        return await fetch(self._session, question, seconds=self._seconds, limit=limit)


def weight_bytes(files: Iterable[Any]) -> int | None:
    """Add up the files that the engine loads: safetensors, else .bin; None when there are none with a size."""
    sizes: dict[str, int] = {
        each["rfilename"]: each["size"]
        for each in files
        if isinstance(each, Mapping) and isinstance(each.get("rfilename"), str) and isinstance(each.get("size"), int)
    }
    top = {name: size for name, size in sizes.items() if "/" not in name}
    for suffix in (".safetensors", ".bin"):
        # Mistral's repositories hold the same weights twice, the second time as one consolidated file.
        found = {name: size for name, size in top.items() if name.endswith(suffix) and "training_args" not in name}
        parts = [size for name, size in found.items() if not name.startswith("consolidated")] or list(found.values())
        if parts:
            return sum(parts)
    return None


def _parameters(listing: Mapping[str, Any]) -> int | None:
    described = listing.get("safetensors")
    total = described.get("total") if isinstance(described, Mapping) else None
    return int(total) if isinstance(total, int) else None


def _or_private(error: str, token: str | None) -> str:
    return "" if error == "RevisionNotFound" else f", or {'the token may not see it' if token else 'it is private'}"
