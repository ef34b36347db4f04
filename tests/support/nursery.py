"""A process that has imported a program already and forks itself on request: a start costs no seconds of imports.

`python -m tests.support.nursery MODULE...` imports the modules. A request is a line of JSON on standard input with
module, arguments, environment, log and errors; answers are lines on standard output: the process id of what started,
and when it ends its id and status. The nursery ends with its standard input, and its forks with it.
"""

import importlib
import json
import os
import random
import runpy
import select
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn


def main(modules: list[str]) -> None:
    """Import, and serve requests until standard input ends."""
    for module in modules:
        importlib.import_module(module)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    alive: set[int] = set()
    pending = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            alive -= set(_ended())
        if 0 in ready:
            read = os.read(0, 1 << 16)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            alive |= {_fork(json.loads(line)) for line in lines}
    for pid in alive:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _ended() -> list[int]:
    ended: list[int] = []
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended.append(found[0])
            _say({"pid": found[0], "status": os.waitstatus_to_exitcode(found[1])})
    return ended


def _fork(request: dict[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        _run(request)
    _say({"pid": pid})
    return pid


def _run(request: dict[str, Any]) -> NoReturn:
    """Become the program, as `python -m` would have made it."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for path, target in ((request["log"], 1), (request["errors"], 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), target)
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = [request["module"], *request["arguments"]]
        random.seed()
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - a fork may not return to the loop, whatever ends it
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say(answer: dict[str, int]) -> None:
    os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
