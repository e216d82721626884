"""One issue a run, against a GitHub that is small and real: it speaks HTTP and remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from rollback_gov.github.connection import connect
from rollback_gov.github.incident_issue import LONGEST_BODY, IssueText, publish
from rollback_gov.model.errors import UsageError

TEXT = IssueText(run="op-1-run", title="Rollback of op-1 in production: passed", body="# Report\n")


@dataclass
class GitHub:
    """What the server remembers, and which statuses it gives before it works."""

    url: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {"GITHUB_TOKEN": "ghs_secret", "GITHUB_API_URL": self.url}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.requests.append((method, path))
        if self.statuses:
            return self.statuses.pop(0), {"message": "the server says no"}
        repository = {"id": 1, "name": "service", "full_name": "team/service", "url": f"{self.url}/repos/team/service"}
        if path == "/repos/team/service":
            return 200, repository
        if path == "/repos/team/service/issues" and method == "POST":
            number = len(self.issues) + 1
            links = {
                "url": f"{self.url}/repos/team/service/issues/{number}",
                "html_url": f"https://github.test/{number}",
            }
            self.issues.append({"number": number, **links, **body})
            return 201, self.issues[-1]
        if path == "/repos/team/service/issues":
            return 200, list(reversed(self.issues))
        number = int(path.rsplit("/", 1)[1])
        self.issues[number - 1] |= body
        return 200, self.issues[number - 1]


@pytest.fixture
def github() -> Iterator[GitHub]:
    hub = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, document = hub.answer(self.command, urlsplit(self.path).path, body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = respond  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield hub
        server.shutdown()


def test_the_issue_is_opened_once_and_then_updated(github: GitHub) -> None:
    with connect(github.environ) as connection:
        first = publish(connection, "team/service", TEXT)
    later = IssueText(run="op-1-run", title="Rollback of op-1 in production: failed", body="# Report, later\n")
    with connect(github.environ) as connection:
        second = publish(connection, "team/service", later)
    assert first == second == "https://github.test/1"
    assert len(github.issues) == 1
    assert github.issues[0]["labels"] == ["rollback"]
    assert github.issues[0]["title"].endswith("failed")
    assert github.issues[0]["body"] == "<!-- rollback-gov run: op-1-run -->\n# Report, later\n"


def test_another_run_has_another_issue(github: GitHub) -> None:
    for run in ("one", "two"):
        with connect(github.environ) as connection:
            publish(connection, "team/service", IssueText(run=run, title=run, body=run))
    assert [issue["title"] for issue in github.issues] == ["one", "two"]


def test_a_long_report_is_cut_within_the_limit(github: GitHub) -> None:
    with connect(github.environ) as connection:
        publish(connection, "team/service", IssueText(run="long", title="long", body="x" * 100_000))
    body = github.issues[0]["body"]
    assert len(body) <= LONGEST_BODY
    assert body.endswith("(cut: the whole report lies in the run's folder)")


def test_reading_is_repeated_and_writing_is_not(github: GitHub) -> None:
    github.statuses = [502, 503]
    with connect(github.environ) as connection:
        publish(connection, "team/service", TEXT)
    assert len(github.issues) == 1
    github.requests.clear()
    with pytest.raises(UsageError, match="status 502: the server says no"):
        open_with_a_failing_server(github)
    assert [method for method, _ in github.requests] == ["GET", "POST"]


def open_with_a_failing_server(github: GitHub) -> None:
    with connect(github.environ) as connection:
        repository = connection.get_repo("team/service")
        github.statuses = [502]
        repository.create_issue(title="x")


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_a_refusal_is_one_sentence_without_the_token(github: GitHub, status: int) -> None:
    github.statuses = [status]
    with pytest.raises(UsageError, match=f"status {status}") as refused, connect(github.environ) as connection:
        publish(connection, "team/service", TEXT)
    assert "ghs_secret" not in str(refused.value)


def test_no_token_and_no_server_are_said() -> None:
    with pytest.raises(UsageError, match="GITHUB_TOKEN is not set"), connect({}):
        pass
    nowhere = {"GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:1"}
    with pytest.raises(UsageError, match="could not be reached"), connect(nowhere) as connection:
        publish(connection, "team/service", TEXT)
