"""A server on loopback that answers JSON with JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks for. ``path`` is without the query string."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


@contextmanager
def json_server(answer: Callable[[Request], tuple[int, Any]]) -> Iterator[str]:
    """Run a server and give its address. ``answer`` gives status and document; None is an empty answer."""

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, query = self.path.partition("?")
            body = json.loads(text) if text else None
            request = Request(
                method=self.command, path=path, query=query, headers=dict(self.headers.items()), body=body
            )
            status, document = answer(request)
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = reply  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
