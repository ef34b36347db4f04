"""The native package, which tests of glances need."""

import pytest

from fmops_serving.guard import glance

needs_native = pytest.mark.skipif(
    glance.native is None, reason="fmops-native is not installed: a Rust compiler (cargo) builds it"
)
