"""The server: HTTP in, the answer of a resource out, both held against GitHub's description."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.github.hub import description
from tests.github.hub.shape import shaped
from tests.github.hub.state import ANSWERS, Call, Hub, Page, RefusalError, Trouble

RESOURCES = (
    *("users", "repositories", "commits", "pulls", "reviews", "issues", "labels", "comments", "checks", "deployments"),
    *("workflow_runs", "branches", "git_trees"),
)
for _name in RESOURCES:
    import_module(f"tests.github.hub.{_name}")

_PER_PAGE = 30


class _Reply:
    """Status, headers and body of an answer."""

    def __init__(self, status: int, document: Any = None, headers: dict[str, str] | None = None) -> None:
        self.status, self.headers = status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        self.body = b"" if document is None else json.dumps(document).encode()


class Conversation:
    """One hub, asked by however many at once, one after the other."""

    def __init__(self, hub: Hub, prefix: str) -> None:
        self._hub, self._prefix, self._lock = hub, prefix, Lock()
        self._door, self._inside = Lock(), 0
        self.closing = Event()
        """Whoever is kept waiting for an answer gets it now."""

    def reply(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> _Reply:
        """Answer one request."""
        with self._door:
            self._inside += 1
            self._hub.most_at_once = max(self._hub.most_at_once, self._inside)
        with self._lock:
            path = urlsplit(target).path
            self._hub.requests.append((method, path))
            there, path = self._moved(path)
            moved = _Reply(301, {"message": "Moved Permanently", "url": there}, {"Location": there}) if there else None
            reply = self._used_up() or moved or self._reply(method, path, target, headers, raw)
            self._count(reply)
            self._hub.statuses[reply.status] = self._hub.statuses.get(reply.status, 0) + 1
        with self._door:
            self._inside -= 1
        return reply

    def _used_up(self) -> _Reply | None:
        """Refuse where the limit of the hour is used up."""
        rate = self._hub.rate
        if rate is None:
            return None
        if rate.reset <= time.time():
            rate.remaining, rate.reset = rate.limit, rate.reset + 3600
        if rate.remaining > 0:
            return None
        return _Reply(403, {"message": "API rate limit exceeded for installation ID 7.", "documentation_url": ""})

    def _count(self, reply: _Reply) -> None:
        """Count an answer against that limit, as GitHub does: what has not changed costs nothing."""
        if self._hub.rate is not None:
            self._hub.rate.remaining = max(0, self._hub.rate.remaining - (reply.status != 304))
            reply.headers |= self._hub.rate.headers

    def _moved(self, path: str) -> tuple[str, str]:
        """Give where a repository is that was renamed, and the path as its repository is called today."""
        if not self._hub.moved:
            return "", path
        parts = path.removeprefix(self._prefix).split("/")
        names = sorted(self._hub.repositories)
        if parts[1:2] == ["repositories"]:
            repository = self._hub.repositories[names[int(parts[2])]].full_name
            return "", "/".join([f"{self._prefix}/repos/{repository}", *parts[3:]])
        today = self._hub.moved.get("/".join(parts[2:4]).lower(), "") if parts[1:2] == ["repos"] else ""
        if not today:
            return "", path
        return "/".join([f"{self._hub.url}/repositories/{names.index(today.lower())}", *parts[4:]]), path

    def _reply(self, method: str, path: str, target: str, headers: dict[str, str], raw: bytes) -> _Reply:
        query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        found = description.match(method, path.removeprefix(self._prefix))
        if trouble := self._trouble(found.operation if found else ""):
            if trouble.done and found:
                self._answer(found, target, query, json.loads(raw) if raw else None, headers)
            return self._troubled(trouble)
        if headers.get("authorization", "").partition(" ")[2] not in self._hub.tokens:
            return _Reply(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com"})
        if found is None or found.operation not in ANSWERS or not path.startswith(self._prefix):
            return self._wrong(f"nobody answers {method} {path}")
        try:
            return self._answer(found, target, query, json.loads(raw) if raw else None, headers)
        except description.MisfitError as error:
            return self._wrong(str(error))
        except RefusalError as error:
            return _Reply(error.status, {"message": error.message, "documentation_url": "https://docs.github.com"})

    def _answer(
        self, found: description.Match, target: str, query: dict[str, str], body: Any, headers: dict[str, str]
    ) -> _Reply:
        self._hub.before(found.operation)
        description.check_request(found, query, body)
        status, document = ANSWERS[found.operation](self._hub, Call(found.operation, found.values, query, body or {}))
        more: dict[str, str] = {}
        if isinstance(document, Page):
            document, more = self._page(document, target, query)
        if document is not None:
            document = shaped(description.answer_schema(found.operation, status), document)
        description.check_response(found.operation, status, document)
        reply = _Reply(status, document, more)
        said = headers["authorization"].encode()  # one token's tag is not another's
        reply.headers["ETag"] = f'"{sha256(said + reply.body).hexdigest()}"'
        if status == 200 and headers.get("if-none-match") == reply.headers["ETag"]:
            return _Reply(304, headers={"ETag": reply.headers["ETag"]})
        return reply

    def _page(self, page: Page, target: str, query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        """Cut out the page that was asked for, and name the next one as GitHub does."""
        size, number = int(query.get("per_page", _PER_PAGE)), int(query.get("page", 1))
        size = min(size, 100)
        items = page.items[(number - 1) * size : number * size]
        document = {"total_count": len(page.items), page.key: items} if page.key else items
        if number * size >= len(page.items):
            return document, {}
        origin = self._hub.url.removesuffix(self._prefix)
        there = f"{origin}{urlsplit(target).path}?{urlencode({**query, 'page': number + 1})}"
        return document, {"Link": f'<{there}>; rel="next"'}

    def _trouble(self, operation: str) -> Trouble | None:
        for trouble in self._hub.troubles:
            if trouble.times and trouble.operation in ("", operation):
                trouble.times -= 1
                return trouble
        return None

    def _troubled(self, trouble: Trouble) -> _Reply:
        self.closing.wait(trouble.seconds)
        reply = _Reply(trouble.status, {"message": trouble.message}, dict(trouble.headers))
        if trouble.raw:
            reply.body, reply.headers["Content-Type"] = trouble.raw, "text/html"
        return reply

    def _wrong(self, message: str) -> _Reply:
        self._hub.wrong.append(message)
        return _Reply(501, {"message": message})


@contextmanager
def serving(hub: Hub, *, prefix: str = "") -> Iterator[Hub]:
    """Let a hub listen on loopback, below ``prefix`` as GitHub Enterprise does. Raises MisfitError at its end."""
    conversation = Conversation(hub, prefix)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for its body

        def respond(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard = {name.lower(): value for name, value in self.headers.items()}
            reply = conversation.reply(self.command, self.path, heard, raw)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = respond  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{server.server_port}{prefix}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield hub
        conversation.closing.set()
        server.shutdown()
    if hub.wrong:
        raise description.MisfitError("; ".join(hub.wrong))
