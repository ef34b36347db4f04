"""The native package, which tests of glances need, and how it is where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fmops_serving.gateway.screen import sweep
from fmops_serving.guard import glance, injection, innocence
from fmops_serving.guard.toxicity import toxicity

needs_native = pytest.mark.skipif(
    glance.native is None, reason="fmops-native is not installed: a Rust compiler (cargo) builds it"
)


@contextmanager
def without_native() -> Iterator[None]:
    """Let detectors and screens that are made within have no glance."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (glance, innocence, sweep):
            patch.setattr(module, "native", None)
        _forget()
        yield
    _forget()


def _forget() -> None:
    """Forget what is made once in a process."""
    toxicity.cache_clear()
    injection._glance.cache_clear()
