"""The images of a local cluster, each built once per set of its inputs and kept as an archive that a node imports."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.images_builder import Builder, Docker, find_builder
from tests.cluster.images_plan import OWN, Image, Plan, plan_coredns, plan_own, plan_pause, reference_of
from tests.cluster.images_settings import write_secrets
from tests.cluster.paths import images
from tests.cluster.progress import say, step

NODE = ("pause", "coredns")
ALL = (*NODE, *OWN)
KEPT = 2
NODE_PLANS = {"pause": plan_pause, "coredns": plan_coredns}


def build_images(names: Iterable[str] = ALL) -> dict[str, Image]:
    """Build those of `names` whose inputs changed; return all of them by name.

    Two builds at once are one build and one wait. Raises ClusterError with the end of the build that failed.
    """
    images().mkdir(parents=True, exist_ok=True)
    builder = find_builder()
    return {name: ensure_image(builder, _plan(name, builder)) for name in names}


def ensure_image(builder: Builder, plan: Plan) -> Image:
    """Build the image unless its archive is there, and remove the archives that nothing used lately."""
    image = plan.image
    with _one_at_a_time(image.name):
        if image.archive.exists():
            os.utime(image.archive)
            return image
        if plan.parent:
            parent = ensure_image(builder, plan.parent)
            builder.load(parent.reference, parent.archive)
        with tempfile.TemporaryDirectory(dir=images()) as scratch:
            _build(builder, plan, Path(scratch))
        for old in older(image.name, KEPT):
            builder.forget(reference_of(image.name, old.stem.removeprefix(f"{image.name}-")))
            old.unlink()
    return image


def older(name: str, kept: int) -> list[Path]:
    """The archives of an image beyond the `kept` most recently used ones."""
    found = images().glob(f"{name}-{'[0-9a-f]' * 12}.tar")
    return sorted(found, key=lambda archive: archive.stat().st_mtime, reverse=True)[kept:]


def _build(builder: Builder, plan: Plan, scratch: Path) -> None:
    for folder in (scratch / "secrets", scratch / "context"):
        folder.mkdir(mode=0o700)
    secrets = write_secrets(scratch / "secrets")
    context = plan.prepare(scratch / "context")
    builder.build(plan, context, secrets)
    archive = scratch / plan.image.archive.name
    builder.save(plan.image.reference, archive)
    archive.rename(plan.image.archive)


def _plan(name: str, builder: Builder) -> Plan:
    make = NODE_PLANS.get(name)
    return make() if make else plan_own(name, public_base=isinstance(builder, Docker))


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    with (images() / f".{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step(f"the image {name} is being built already; waiting for it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Build our own images and print what they are called."""
    begun = time.monotonic()
    for image in build_images(OWN).values():
        print(f"{image.name:<12}{image.reference:<48}{image.archive}")
    say(f"images: ready in {time.monotonic() - begun:.1f} s")
