"""Buckets count alike, whoever counts."""

from hypothesis import example, given
from hypothesis import strategies as st

from fmops_serving.gateway.metrics.buckets import Buckets, PythonBuckets
from tests.support.native import needs_native

BOUNDS = (0.0, 0.005, 0.1, 1.0, 30.0)
VALUES = st.lists(st.sampled_from(BOUNDS) | st.floats(), max_size=6)


@needs_native
@given(st.lists(VALUES, max_size=6))
@example([[float("nan")], [float("inf"), -1.0], [0.1, 0.2, 0.3]])
def test_native_buckets_count_as_pythons_do(groups: list[list[float]]) -> None:
    ours, theirs = Buckets(BOUNDS), PythonBuckets(BOUNDS)
    for values in groups:
        for each in (ours, theirs):
            each.observe_all(values)
            for value in values:
                each.observe(value)
    assert ours.counts == theirs.counts
    assert repr(ours.sum) == repr(theirs.sum)
    assert sum(ours.counts) == 2 * sum(map(len, groups))


def test_a_value_at_a_bound_is_counted_by_it() -> None:
    counts = Buckets(BOUNDS)
    counts.observe(0.1)
    counts.observe(31)
    assert (counts.counts, counts.sum) == ([0, 0, 1, 0, 0, 1], 31.1)
