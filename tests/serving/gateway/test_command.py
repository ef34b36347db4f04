"""`fmops gateway` as a program: the examples' routes, a file that is written while it runs, and an end by SIGTERM."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops_serving.gateway.command import gateway
from tests.cluster.paths import REPOSITORY
from tests.support.gateway import COMPLETION, Answered, Call, engine, post, read_answer, route

EXAMPLES = REPOSITORY / "examples" / "gateway" / "routes"


@dataclass
class Program:
    """A gateway in a process of its own."""

    process: asyncio.subprocess.Process
    port: int

    async def send(self, raw: bytes) -> Answered:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(raw)
        answer = await read_answer(reader)
        writer.close()
        return answer


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Program]:
    command = ["-m", "fmops_serving.gateway", "--routes", str(folder), "--port", "0", "--metrics-port", "0"]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        found = None
        while found is None:
            line = await asyncio.wait_for(process.stderr.readline(), 60)
            assert line, "the program ended"
            found = re.search(rb"listening on http://127.0.0.1:(\d+)", line)
        yield Program(process, int(found[1]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def listing(key: str | None) -> bytes:
    line = f"authorization: Bearer {key}\r\n" if key else ""
    return f"GET /v1/models HTTP/1.1\r\nhost: x\r\n{line}\r\n".encode()


async def test_the_examples_are_served_a_new_file_too_and_running_answers_end_well(tmp_path: Path) -> None:
    for file in EXAMPLES.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    more = asyncio.Event()

    async def pauses(call: Call) -> None:
        call.start()
        call.event(b"data: 1\n\n")
        await more.wait()
        call.event(b"data: [DONE]\n\n")
        call.end()

    async with engine() as upstream, started(tmp_path) as program:
        assert [each["id"] for each in (await program.send(listing(None))).json["data"]] == ["demo/local"]
        seen = (await program.send(listing("sk-example"))).json["data"]
        assert [each["id"] for each in seen] == ["demo/local", "support/llama-8b"]
        (tmp_path / "tiny.json").write_text(route(upstream).model_dump_json(by_alias=True, exclude_none=True))
        hello = {"model": "tiny", "messages": []}
        for _ in range(100):
            if (answer := await program.send(post(hello))).status == 200:
                break
            await asyncio.sleep(0.05)
        assert answer.json == COMPLETION

        upstream.behave = pauses
        reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
        writer.write(post({**hello, "stream": True}))
        await reader.readuntil(b"data: 1\n\n")
        program.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            while True:
                try:
                    _, late = await asyncio.open_connection("127.0.0.1", program.port)
                except ConnectionError:
                    break
                late.close()
        more.set()
        assert (await reader.read()).endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
        writer.close()
        assert await asyncio.wait_for(program.process.wait(), 10) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "routes come from one of --routes FOLDER and --namespace NAME"),
        (["--routes", ".", "--namespace", "gateway"], "give one of them"),
        (["--routes", ".", "--keep-routes", "kept"], "--keep-routes is for --namespace"),
        (["--routes", "/nowhere"], "Directory '/nowhere' does not exist"),
        (["--routes", ".", "--port", "70000"], "70000 is not in the range 0<=x<=65535"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], sentence: str) -> None:
    done = CliRunner().invoke(gateway, arguments)
    assert done.exit_code == 2
    assert sentence in done.output
