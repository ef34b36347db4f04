"""The program of a resolve Job, as its pod starts it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops_api.catalogsource import SourceSummary
from fmops_serving.resolve.command import fit, main

SOURCE = json.dumps({"name": "disk", "persistentVolumeClaim": {"claimName": "evals", "path": "a.jsonl"}})


def order(folder: Path) -> list[str]:
    return ["--source", SOURCE, "--volume", f"evals={folder}", "--summary", str(folder / "summary")]


def test_it_hands_a_report_back(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "a", "input": "x", "label": "refund"}\n')
    done = CliRunner().invoke(main, [*order(tmp_path), "--labels", '["refund"]'])
    assert (done.exit_code, done.output[:23]) == (0, "disk: 1 examples, sha25")
    summary = SourceSummary.model_validate_json((tmp_path / "summary").read_text())
    assert summary.report is not None
    assert (summary.report.entries, summary.report.holdings.classified) == (1, 1)


@pytest.mark.parametrize(
    ("content", "labels", "reason", "words"),
    [
        pytest.param(None, "[]", "SourceNotFound", "the volume has no file a.jsonl", id="no file"),
        pytest.param("{", "[]", "SourceUnreadable", "line 1: is not JSON", id="no JSON"),
        pytest.param('{"id": "a", "input": "x", "label": "b"}', '["c"]', "SourceUnreadable", "label 'b'", id="a label"),
    ],
)
def test_a_fault_ends_it_with_status_two_and_a_sentence(
    tmp_path: Path, content: str | None, labels: str, reason: str, words: str
) -> None:
    if content is not None:
        (tmp_path / "a.jsonl").write_text(content)
    done = CliRunner().invoke(main, [*order(tmp_path), "--labels", labels])
    summary = SourceSummary.model_validate_json((tmp_path / "summary").read_text())
    assert (done.exit_code, summary.report, summary.reason) == (2, None, reason)
    assert words in summary.message
    assert words in done.output


def test_what_is_no_source_is_refused() -> None:
    done = CliRunner().invoke(main, ["--source", "{}"])
    assert (done.exit_code, "--source and --labels must be" in done.output) == (2, True)


def test_twenty_long_faults_fit_a_termination_message() -> None:
    packed = fit(SourceSummary(reason="SourceUnreadable", message="спам " * 5000))
    assert 3900 < len(packed) <= 4096
    assert SourceSummary.model_validate_json(packed).message.endswith("...")


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    big = tmp_path / "a.jsonl"
    big.write_text("".join(f'{{"id": "e{n}", "input": "x"}}\n' for n in range(400_000)))
    command = [sys.executable, "-m", "fmops_serving.resolve", *order(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        status = Path(f"/proc/{process.pid}/status")
        caught = 1 << (signal.SIGTERM - 1)
        while time.monotonic() < until:
            word = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
            if int(word.split()[1], 16) & caught:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 75
    assert not (tmp_path / "summary").exists()
