"""A folder of the real S3 server for each test, and pods that share nothing else."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.serving.evaluate.plans import Order
from tests.serving.evaluate.runs import RUNNER
from tests.support.object_store import KEYS, ObjectStoreServer

RUN = "fmops/support/quality/9d1c0a77e4"
ANSWERS = "answers/model=tiny"


class Lake:
    """A folder of its own for one test."""

    def __init__(self, server: ObjectStoreServer, name: str) -> None:
        self.server = server
        self.name = name
        self.options = ["--store", f"s3://lake/{name}/fmops", "--store-endpoint", server.endpoint]

    def objects(self) -> dict[str, bytes]:
        return self.server.objects(f"{self.name}/{RUN}")

    def rows(self) -> list[dict[str, Any]]:
        found = self.objects()
        lines = b"".join(found[name] for name in sorted(found) if "/part-" in name and name.endswith(".jsonl"))
        return [json.loads(line) for line in lines.splitlines()]


def apart(order: Order, lake: Lake) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*RUNNER, *order.arguments, *lake.options], env=environment(), stderr=subprocess.PIPE)


def environment() -> dict[str, str]:
    return {**os.environ, **KEYS}


def fresh(folder: Path, order: Order) -> Order:
    """Give the same order to a pod of its own, which begins with an empty folder."""
    folder.mkdir()
    for name in ("plan.json", "bundle.json"):
        (folder / name).write_bytes((order.folder / name).read_bytes())
    return Order(folder, order.plan)
