"""Background programs that start as forks of a process which has imported them already; one such process a pytest."""

import atexit
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from tests.cluster.paths import REPOSITORY
from tests.cluster.process import Process, Running, start_time

_IMPORTED = ("fmops_operator.main", "fmops_operator.handlers.stories", "fmops_operator.logs", "uvloop")
_SECONDS = 120.0


class Fork:
    """A forked process, with what Process asks of a subprocess.Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = threading.Event()
        self._status: int | None = None
        self._running = Running("fork", pid, start_time(pid) or 0)

    def tell(self, status: int) -> None:
        """Say that it has ended."""
        self._status = status
        self._ended.set()

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises subprocess.TimeoutExpired."""
        if not self._ended.wait(_SECONDS if timeout is None else timeout):
            raise subprocess.TimeoutExpired("fork", timeout or _SECONDS)
        return self._status or 0

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal if it is still there."""
        self._running.signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that forks. It ends with this Python process, and the forks with it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.nursery", *_IMPORTED]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, cwd=REPOSITORY
        )
        self._lock = threading.Lock()
        self._born: queue.Queue[Fork] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        atexit.register(self.close)

    def fork(self, command: Sequence[str], environment: Mapping[str, str], log: Path, errors: Path) -> Fork:
        """Start a module, with arguments, as a program of its own; raises queue.Empty when nothing starts."""
        module, *arguments = command
        request: dict[str, Any] = {"module": module, "arguments": arguments, "environment": dict(environment)}
        request |= {"log": str(log), "errors": str(errors)}
        with self._lock:
            _pipe(self._process.stdin).write(json.dumps(request).encode() + b"\n")
            _pipe(self._process.stdin).flush()
            return self._born.get(timeout=_SECONDS)

    def close(self) -> None:
        """End it."""
        _pipe(self._process.stdin).close()
        self._process.wait()

    def _listen(self) -> None:
        alive: dict[int, Fork] = {}
        with suppress(ValueError):  # the pipe is closed at the end
            for line in _pipe(self._process.stdout):
                told = json.loads(line)
                if "status" in told:
                    alive.pop(told["pid"]).tell(told["status"])
                else:
                    self._born.put(alive.setdefault(told["pid"], Fork(told["pid"])))


class WarmProcess(Process):
    """A module of ours that runs in the background, forked instead of started anew."""

    def __init__(self, name: str, module: str, log: Path, environment: Mapping[str, str]) -> None:
        super().__init__(name, ["-m", module], log, environment)
        self._module = module

    def spawn(self, log: IO[bytes]) -> Fork:
        """Fork it."""
        return nursery().fork([self._module], self.environment, Path(log.name), Path(log.name))


@lru_cache(maxsize=1)
def nursery() -> Nursery:
    """The one nursery of this Python process."""
    return Nursery()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
