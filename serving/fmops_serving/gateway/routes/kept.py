"""A kept copy of what the API server said, in a file: for a gateway that starts while nobody answers.

It holds credentials of providers and digests of keys, so only its owner may read it, and nothing of it is ever logged.
The file is replaced as a whole, and its first line has the SHA-256 of the rest. Its time of change says when the API
server last confirmed the routes in it.
"""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Annotated, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fmops_api.route import OF_DIGEST, OF_NAME, OF_NAMESPACE
from fmops_serving.gateway.routes.watch import Manifest

FORMAT = "fmops.dev/kept-routes/v1"
FILE = "routes"
_NEW = "routes.new"
LARGEST = 256 * 2**20
"""Bytes of a copy: a hundred times what a thousand models need, and what may be read into memory."""
Lines = tuple[bytes, ...]
"""Objects of one kind, one a line with its end, in the order of their names.

They are joined as they are: a thousand are no work that the loop would feel from another thread."""


class Unusable(Exception):  # noqa: N818 - a file's fault
    """A copy that cannot be used; the message says why, and shows nothing of it."""


class _Head(BaseModel):
    """The first line: whose copy it is, and what follows."""

    model_config = ConfigDict(extra="forbid", strict=True)
    namespace: str
    objects: dict[str, Annotated[int, Field(ge=0)]]
    """How many of each kind, in the order in which they follow."""
    sha256: str


class _Metadata(BaseModel):
    name: str
    resourceVersion: Annotated[str, Field(pattern=r"^\d*$")] = ""  # noqa: N815 - as Kubernetes writes it
    annotations: dict[str, str] = {}


class _Object(BaseModel):
    """What is kept of a Secret or a ConfigMap, in the shape that the API server gives."""

    model_config = ConfigDict(strict=True)
    metadata: _Metadata
    data: dict[str, str] = {}
    binaryData: dict[str, str] = {}  # noqa: N815 - as Kubernetes writes it


class Found(NamedTuple):
    """What a copy holds."""

    objects: dict[str, list[Manifest]]
    """By kind; one that is missing was never known."""
    confirmed: float
    """Unix time in seconds at which the API server last said so."""


def line_of(manifest: Manifest) -> bytes:
    """Write what is kept of an object."""
    metadata = manifest["metadata"]
    notes = metadata.get("annotations") or {}
    kept = {
        "metadata": {
            "name": metadata["name"],
            "resourceVersion": metadata.get("resourceVersion") or "",
            "annotations": {key: notes[key] for key in (OF_NAMESPACE, OF_NAME, OF_DIGEST) if key in notes},
        },
        **{key: manifest[key] for key in ("data", "binaryData") if manifest.get(key)},
    }
    return orjson.dumps(kept, option=orjson.OPT_APPEND_NEWLINE)


class Copy(NamedTuple):
    """The copy of one gateway, in a folder of its own."""

    folder: Path
    namespace: str

    def read(self) -> Found | None:
        """Read it; None where there is none yet. Raises Unusable."""
        try:
            content, confirmed = _content(self.folder / FILE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unusable(f"it cannot be read: {error.strerror}") from None
        return Found(self._objects(content), confirmed)

    def write(self, lines: Mapping[str, Lines], confirmed: float) -> None:
        """Put these in its place, as confirmed then.

        Raises OSError, and then no copy is left: an old one may let in who was shut out since.
        """
        body = b"".join(chain.from_iterable(lines.values()))
        counts = {kind: len(every) for kind, every in lines.items()}
        head = {"namespace": self.namespace, "objects": counts, "sha256": hashlib.sha256(body).hexdigest()}
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(body) > LARGEST // 2:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))  # noqa: TRY301 - an end like the others
            first = b"%b %b\n" % (FORMAT.encode(), orjson.dumps(head))
            _replace(self.folder / FILE, self.folder / _NEW, (first, body), confirmed)
        except OSError:
            for name in (_NEW, FILE):
                with suppress(OSError):
                    (self.folder / name).unlink()
            raise

    def confirm(self, at: float) -> None:
        """Take note that it was so at this Unix time. Raises OSError."""
        os.utime(self.folder / FILE, (at, at))

    def _objects(self, content: bytes) -> dict[str, list[Manifest]]:
        first, _, body = content.partition(b"\n")
        said, _, told = first.partition(b" ")
        if said != FORMAT.encode():
            raise Unusable(f"it is not of the format {FORMAT}")
        try:
            head = _Head.model_validate_json(told)
        except ValidationError:
            raise Unusable("its first line is damaged") from None
        if head.namespace != self.namespace:
            raise Unusable(f"it is of namespace {head.namespace!r}, and this gateway serves {self.namespace!r}")
        if hashlib.sha256(body).hexdigest() != head.sha256:
            raise Unusable("it is damaged: its SHA-256 is another one")
        return _by_kind(body.split(b"\n")[:-1], head.objects)


def _by_kind(lines: Sequence[bytes], counts: Mapping[str, int]) -> dict[str, list[Manifest]]:
    if len(lines) != sum(counts.values()):
        raise Unusable("it is damaged: it has more or fewer objects than it says")
    found, start = {}, 0
    try:
        for kind, count in counts.items():
            found[kind] = [_Object.model_validate_json(line).model_dump() for line in lines[start : start + count]]
            start += count
    except ValidationError:
        raise Unusable("it is damaged: an object has another shape") from None
    return found


def _content(path: Path) -> tuple[bytes, float]:
    """Read a file of our own, and when it was changed. Raises OSError and Unusable."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise Unusable("it is no file")
        if about.st_uid != os.geteuid() or about.st_mode & stat.S_IWOTH:
            raise Unusable("others may have written it: it belongs to another user, or anybody may write it")
        if about.st_size > LARGEST:
            raise Unusable(f"it has more than {LARGEST} bytes")
        return file.read(LARGEST), min(max(about.st_mtime, 0.0), time.time())


def _replace(path: Path, new: Path, content: Iterable[bytes], changed: float) -> None:
    """Write a file that is there as a whole or not at all, whenever the process or the machine ends."""
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.writelines(content)
        file.flush()
        os.utime(file.fileno(), (changed, changed))
        os.fsync(file.fileno())
    new.replace(path)
