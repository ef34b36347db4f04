"""The native package, which tests of what it reads need, and how it is where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fmops_serving import native
from fmops_serving.gateway import naming, serve
from fmops_serving.gateway.metrics import cells, checks
from fmops_serving.gateway.metrics.buckets import PythonBuckets
from fmops_serving.gateway.screen import sweep
from fmops_serving.gateway.server import plain
from fmops_serving.gateway.upstream import reader
from fmops_serving.guard import glance, injection, innocence
from fmops_serving.guard.toxicity import toxicity

needs_native = pytest.mark.skipif(
    native.native is None, reason="fmops-native is not installed: a Rust compiler (cargo) builds it"
)


@contextmanager
def without_native() -> Iterator[None]:
    """Let detectors, screens and gateways that are made within do without."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (glance, innocence, sweep, plain, checks):
            patch.setattr(module, "native", None)
        patch.setattr(naming, "read_request", native.read_nothing)
        patch.setattr(serve, "read_answer", native.read_nothing)
        patch.setattr(cells, "Buckets", PythonBuckets)
        patch.setattr(reader, "read_plain", native.read_nothing)
        _forget()
        yield
    _forget()


def _forget() -> None:
    """Forget what is made once in a process."""
    toxicity.cache_clear()
    injection._glance.cache_clear()
