"""Progress on the screen: what happens now, for how long, and how long it took. It goes to standard error."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException

from tests.cluster.errors import ClusterError, KubectlError

TICK_SECONDS = 5.0


@dataclass
class Step:
    """A step that is running; `detail` may be set from any thread and shows with the next line."""

    what: str
    detail: str = ""


def say(line: str) -> None:
    """Print one line at once."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def step(what: str, tick: float = TICK_SECONDS) -> Iterator[Step]:
    """Say every `tick` seconds that `what` still runs, and in the end how long it took or that it failed."""
    running, ended, begun = Step(what), threading.Event(), time.monotonic()

    def elapsed() -> str:
        return f"{time.monotonic() - begun:.1f} s"

    def tell() -> None:
        while not ended.wait(tick):
            say(f"  … {what}: {elapsed()}{running.detail and ', ' + running.detail}")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    outcome = "failed after"
    try:
        yield running
        outcome = "done in"
    finally:
        ended.set()
        thread.join()
        say(f"  {what}: {outcome} {elapsed()}")


def wait_until(what: str, probe: Callable[[], bool], seconds: float = 120.0) -> None:
    """Ask `probe` ten times a second until it says yes.

    Raises ClusterError naming `what` when `seconds` have passed. A probe that cannot answer yet raises OSError,
    HTTPException or KubectlError, which counts as no; the last one is quoted. Any other error ends the wait.
    """
    deadline, last = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            if probe():
                return
        except (OSError, HTTPException, KubectlError) as error:
            last = f" (last: {error})"
        time.sleep(0.1)
    raise ClusterError(f"waited {seconds:.0f} s in vain for {what}{last}")


def wait_until_steady(what: str, read: Callable[[], object], still: float = 2.0, seconds: float = 120.0) -> None:
    """Wait until `read` has given the same for `still` seconds; raises ClusterError as `wait_until` does."""
    last, since = read(), time.monotonic()

    def steady() -> bool:
        nonlocal last, since
        if (now := read()) != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since >= still

    wait_until(f"{what} to be steady", steady, seconds)


def run_told(main: Callable[[], None]) -> None:
    """Run a command; what cannot be done is told without a traceback, and is its exit status."""
    try:
        main()
    except ClusterError as error:
        say(str(error))
        sys.exit(1)
