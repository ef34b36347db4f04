"""The sliding window against counting by hand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.access.window import SECONDS, Window

STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 50)), max_size=40)


@given(steps=STEPS, limit=st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_any_60_seconds_hold_no_more_than_the_limit_and_what_fits_is_let_through(
    steps: list[tuple[int, int]], limit: int
) -> None:
    window, now, taken = Window(), 0.0, list[tuple[float, int]]()
    for after, amount in steps:
        now += after
        used = sum(each for at, each in taken if at > now - SECONDS)
        assert window.used(now) == used
        wait = window.free_in(now, amount, limit)
        assert (wait == 0) == (used + amount <= limit)
        if wait == 0:
            window.add(now, amount)
            taken.append((now, amount))
        elif amount <= limit:
            later = now + wait
            assert sum(each for at, each in taken if at > later - SECONDS) + amount <= limit


def test_a_use_is_corrected_while_it_counts_and_not_after() -> None:
    window = Window()
    use = window.add(0.0, 10)
    window.correct(use, 25, 30.0)
    assert window.used(59.9) == 25
    assert window.used(60.0) == 0
    window.correct(use, 99, 61.0)
    assert window.used(61.0) == 0
