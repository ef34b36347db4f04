"""Everything that an operator asks by plain HTTP, played by one proxy: model Services, providers, a model hub."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Outside:
    """Answers by URL, as status and JSON content; what has none gets 502, as from a proxy that finds nobody."""

    proxy: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve_model(self, url: str, name: str) -> None:
        """Let an OpenAI API stand at `url` that serves the model `name`."""
        self.answers[f"{url}/models"] = (200, {"data": [{"id": name, "max_model_len": 4096}]})
        self.answers[f"{url}/chat/completions"] = (200, {"choices": [{"message": {"content": "pong"}}]})


@contextmanager
def play_outside() -> Iterator[Outside]:
    """Start the proxy; a program whose `http_proxy` is its address finds everything there."""
    outside = Outside()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = self.path.partition("?")[0]
            outside.asked.append(url)
            status, content = outside.answers.get(url, (502, {"error": "nobody there"}))
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  (the names that http.server calls)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    outside.proxy = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield outside
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
