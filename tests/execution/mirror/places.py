"""Real places for mirrors: a bare git repository, an HTTP server that speaks the protocol, a PostgreSQL database."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.execution.web import Handler, Web, serve


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def bare_repository(folder: Path) -> Path:
    """Make an empty repository to push to."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--bare")
    return folder


@dataclass(slots=True)
class JournalServer:
    """What `docs/journal.md` asks of a server, in thirty lines."""

    web: Web
    journals: dict[str, bytes] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    broken: bool = False

    def answer(self, handler: Handler) -> None:
        request, url = self.web.requests[-1], urlsplit(self.web.requests[-1].target)
        self.tokens.append(request.headers.get("Authorization", ""))
        if self.broken:
            self._say(handler, 503)
        elif request.method == "GET":
            held = self.journals.get(url.path)
            self._say(handler, 404 if held is None else 200, held or b"")
        else:
            self._say(handler, *self.take(url.path, int(parse_qs(url.query)["offset"][0]), request.body))

    def take(self, path: str, offset: int, body: bytes) -> tuple[int, bytes]:
        held = self.journals.get(path, b"")
        overlap = held[offset : offset + len(body)]
        good = offset <= len(held) and body.startswith(overlap)
        if good:
            self.journals[path] = held + body[len(overlap) :]
        return 200 if good else 409, json.dumps({"size": len(self.journals.get(path, b""))}).encode()

    def _say(self, handler: Handler, status: int, body: bytes = b"") -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def journal_server() -> Iterator[JournalServer]:
    """Run the server until the block ends."""
    with serve() as web:
        server = JournalServer(web)
        web.raw = server.answer
        yield server
