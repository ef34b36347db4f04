"""Background programs: started, paused and ended by their id."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.process import Process, memory, start_time
from tests.cluster.progress import wait_until
from tests.cluster.record import read_record, stop_recorded, write_record

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


def start(folder: Path, code: str) -> Process:
    process = Process("sleeper", [sys.executable, "-c", code], folder / "log")
    process.start()
    wait_until("its first word", lambda: "up" in process.last_lines())
    return process


def test_it_runs_until_it_is_stopped(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEP)
    assert process.alive
    assert memory(process.pid) > 1
    process.stop()
    assert not process.alive
    assert start_time(process.pid) is None


def test_a_paused_one_can_be_stopped(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEP)
    process.pause()
    wait_until("the pause", lambda: Path(f"/proc/{process.pid}/stat").read_text().split()[2] == "T")
    assert process.alive
    process.stop()
    assert not process.alive


def test_one_that_does_not_listen_is_killed_when_patience_ends(tmp_path: Path) -> None:
    process = start(tmp_path, DEAF)
    process.stop(patience=0.5)
    assert not process.alive


def test_it_can_be_started_again_and_its_log_goes_on(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEP)
    process.kill()
    process.start()
    wait_until("its second word", lambda: process.last_lines() == "up\nup")
    process.kill()


def test_starting_what_runs_is_refused(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEP)
    with pytest.raises(ClusterError, match=f"sleeper runs already .process {process.pid}."):
        process.start()
    process.kill()


def test_a_program_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"ghost cannot be started: .*No such file"):
        Process("ghost", [str(tmp_path / "none")], tmp_path / "log").start()


def test_recorded_ones_are_stopped_by_another_hand_last_started_first(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    (tmp_path / "a").mkdir()
    first, second = start(tmp_path / "a", SLEEP), start(tmp_path, SLEEP)
    write_record(record, [first.running, replace(second.running, name="second")])
    assert stop_recorded(record) == ["second", "sleeper"]
    assert not first.alive
    assert not second.alive
    assert read_record(record) == []


def test_a_number_that_another_process_took_over_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    record.write_text(json.dumps([{"name": "etcd", "pid": os.getpid(), "started": 1}]))
    assert stop_recorded(record) == []


def test_a_wait_says_what_it_waited_for_and_what_it_last_heard() -> None:
    def probe() -> bool:
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(ClusterError, match=r"waited 0 s in vain for the moon \(last: nobody there\)"):
        wait_until("the moon", probe, seconds=0.3)


def test_a_wait_ends_at_once_when_the_probe_gives_up() -> None:
    def probe() -> bool:
        raise ClusterError("it crashed")

    with pytest.raises(ClusterError, match=r"^it crashed$"):
        wait_until("the moon", probe)
