"""Starting the runner, in this process or in one of its own, and reading what it left."""

import json
import subprocess
import sys
import threading
from typing import Any

from click.testing import CliRunner, Result

from fmops_api.evaluationplan import SUMMARY_LIMIT, EvaluationSummary
from fmops_api.shard import Shard
from fmops_serving.evaluate.runner import main
from tests.serving.evaluate.plans import Order, label_of, number_in
from tests.support.openai_server import Asked, Behaviour, Hangs, Says

RUNNER = [sys.executable, "-m", "fmops_serving.evaluate"]


def run(order: Order, *more: str, **environment: str) -> Result:
    """Start the runner in this process, as `python -m fmops_serving.evaluate` does."""
    done = CliRunner().invoke(main, [*order.arguments, *more], env=environment, prog_name="fmops")
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done


def run_apart(order: Order, *before: str) -> subprocess.CompletedProcess[str]:
    """Start the runner in a process of its own."""
    command = [*before, *RUNNER, *order.arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert "Traceback" not in done.stderr
    return done


def summary(order: Order) -> EvaluationSummary:
    message = (order.folder / "summary").read_bytes()
    assert len(message) <= SUMMARY_LIMIT
    return EvaluationSummary.model_validate_json(message)


def rows(order: Order) -> list[dict[str, Any]]:
    return [json.loads(line) for line in order.rows.read_text().splitlines()]


def right(asked: Asked) -> Behaviour:
    return Says(label_of(number_in(asked.prompt)))


class Pausing:
    """Answers `free` prompts at once; the others wait until the test lets go."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.given = 0
        self.let_go = threading.Event()

    def __call__(self, asked: Asked) -> Behaviour:
        self.given += 1
        return right(asked) if self.given <= self.free or self.let_go.is_set() else Hangs()


def start_and_wait_for_rows(
    order: Order, wanted: int, *more: str, shard: Shard | None = None
) -> subprocess.Popen[bytes]:
    runner = subprocess.Popen([*RUNNER, *order.arguments, *more], stderr=subprocess.PIPE)
    waiting, there = threading.Event(), order.run.rows("tiny", shard)
    while runner.poll() is None:
        if there.exists() and there.read_bytes().count(b"\n") >= wanted:
            return runner
        waiting.wait(0.05)
    raise AssertionError(f"the runner ended early: {runner.communicate()[1].decode()}")
