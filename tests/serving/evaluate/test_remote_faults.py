"""A sink in an object store that refuses, is full, or goes away: one sentence and exit status 5."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops_serving.evaluate import remote
from fmops_serving.evaluate.runner import main
from fmops_serving.objectstore import store
from tests.serving.evaluate.lakes import Lake
from tests.serving.evaluate.plans import write_order
from tests.serving.evaluate.runs import Pausing, right, run, summary
from tests.support.object_store import KEYS, object_store
from tests.support.openai_server import openai_server


@pytest.mark.parametrize(
    ("uri", "keys", "words"),
    [
        ("s3://nowhere/fmops", KEYS, "s3://nowhere/fmops: there is no such bucket at http://127.0.0.1:"),
        ("s3://lake/fmops", {**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"}, "the store refuses the credentials (Signature"),
        ("s3://lake/fmops", {**KEYS, "AWS_ACCESS_KEY_ID": "nobody"}, "the store refuses the credentials (XAdminUser"),
        ("ftp://lake/fmops", KEYS, "ftp://lake/fmops cannot be opened: "),
    ],
)
def test_a_store_that_refuses_ends_with_5_before_anything_is_asked(
    tmp_path: Path, lake: Lake, uri: str, keys: dict[str, str], words: str
) -> None:
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run(order, "--store", uri, "--store-endpoint", lake.server.endpoint, **keys)
    assert (done.exit_code, server.asked) == (5, [])
    assert words in summary(order).error
    assert not [secret for secret in keys.values() if secret in summary(order).error]
    assert len(summary(order).error.splitlines()) == 1


class Full(BaseHTTPRequestHandler):
    """A store without room, in the words of MinIO."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = b"<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its limit.</Message></Error>"
        self.send_response(507)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_store_without_room_ends_with_5_and_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.5)
    with ThreadingHTTPServer(("127.0.0.1", 0), Full) as full, openai_server(right) as server:
        threading.Thread(target=full.serve_forever, daemon=True).start()
        order = write_order(tmp_path, server.url)
        address = f"http://127.0.0.1:{full.server_port}"
        done = run(order, "--store", "s3://lake/fmops", "--store-endpoint", address, **KEYS)
        full.shutdown()
    assert done.exit_code == 5
    assert summary(order).error == (
        "s3://lake/fmops: the store does not take support/quality/9d1c0a77e4/manifest.json: XMinioStorageFull: Storage"
        " backend has reached its limit."
    )


def test_a_store_that_is_away_ends_with_5(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.5)
    with openai_server(right) as server:
        order = write_order(tmp_path, server.url)
        done = run(order, "--store", "s3://lake/fmops", "--store-endpoint", "http://127.0.0.1:9", **KEYS)
    assert done.exit_code == 5
    assert summary(order).error == "s3://lake/fmops: the store cannot be reached at http://127.0.0.1:9"


def test_a_store_that_goes_away_ends_the_asking_and_keeps_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(remote, "SEND_EVERY", 0.2)
    behave = Pausing(free=5)
    with object_store(tmp_path / "store") as mortal, openai_server(behave) as server:
        lake = Lake(mortal, "mortal")
        order = write_order(tmp_path, server.url, count=20, execution={"max_in_flight": 2, "attempt_timeout": "280s"})

        def cut() -> None:
            waiting = threading.Event()
            while len(lake.rows()) < 5:
                waiting.wait(0.05)
            mortal.process.kill()
            with order.rows.open("a") as file:
                file.write(order.rows.read_text().splitlines()[0] + "\n")

        cutter = threading.Thread(target=cut)
        cutter.start()
        done = run(order, *lake.options, **KEYS)
        cutter.join()
        assert len(lake.rows()) == 5
    assert done.exit_code == 5
    assert "the store cannot be reached" in summary(order).error


def test_a_store_without_a_folder_to_work_in_is_a_usage_error() -> None:
    done = CliRunner().invoke(main, ["--plan", "plan.json", "--bundle", "bundle.json", "--store", "s3://lake/x"])
    assert done.exit_code == 2
    assert "--store needs --sink: the folder that the runner works in" in done.output
