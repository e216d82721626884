"""``http`` steps, from the plan to the journal."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.conftest import Stage
from tests.execution.web import Web, serve

Make = Callable[..., Stage]


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        yield server


def everything(run: Stage) -> str:
    """All that a run leaves and shows."""
    files = [path.read_text("utf-8", "replace") for path in run.incident.rglob("*") if path.is_file()]
    return "\n".join([*files, *run.console.lines, run.console.output, str(run.sent), str(run.events)])


def test_a_request_is_a_step_and_its_answer_is_kept(stage: Make, web: Web) -> None:
    web.body = b'{"weight": 0}'
    run = stage(f"""
phases:
  - id: drain
    steps:
      - id: weight
        http: {{method: POST, url: "{web.url}/weight", json: {{weight: 0}}}}
        expect: {{status: 200, json: {{pointer: /weight, equals: 0}}}}
""")
    assert run.run().result == "passed"
    (end,) = run.of("step.finished")
    assert [check["passed"] for check in end["checks"]] == [True, True]
    assert json.loads((run.incident / end["stdout"]).read_text()) == {"weight": 0}
    assert web.requests[0].headers["Idempotency-Key"] == "run-1/phases/drain/weight/1"


def test_each_attempt_has_a_key_of_its_own(stage: Make, web: Web) -> None:
    web.status = 503
    run = stage(f"""
phases:
  - id: one
    steps:
      - {{id: a, http: {{method: POST, url: "{web.url}"}}, idempotent: true, retry: {{times: 1, wait: 1ms}}}}
""")
    assert run.run().result == "failed"
    assert [request.headers["Idempotency-Key"] for request in web.requests] == [
        "run-1/phases/one/a/1",
        "run-1/phases/one/a/2",
    ]
    assert run.of("step.finished")[1]["detail"] == "expected status 2xx, saw 503"


def test_a_request_keeps_to_the_timeout_of_its_step(stage: Make, web: Web) -> None:
    web.raw = lambda handler: handler.drip(b"HTTP/1.1 200 OK\r\n")
    run = stage(f'phases: [{{id: one, steps: [{{id: a, http: {{url: "{web.url}"}}, timeout: 200ms}}]}}]')
    assert run.run().result == "failed"
    (end,) = run.of("step.finished")
    assert end["result"] == "timeout"
    assert end["seconds"] < 30, "half of what the server takes"


def test_a_refused_connection_fails_the_step(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, http: {url: 'http://127.0.0.1:1/'}}]}]")
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["detail"] == "The request failed: Connection refused."


@pytest.mark.parametrize("echo", [True, False])
def test_a_secret_header_leaves_no_trace(stage: Make, web: Web, echo: bool) -> None:
    run = stage(f"""
parameters: {{TOKEN: {{secret: true}}}}
phases:
  - id: one
    steps:
      - id: a
        http: {{url: "{web.url}", headers: {{Authorization: {{parameter: TOKEN}}}}}}
        expect: {{equals: something else}}
verification:
  checks: [{{id: b, http: {{url: "{web.url}", headers: {{X-Key: {{parameter: TOKEN}}}}}}}}]
""")
    run.parameters, run.secrets = {"TOKEN": "hunter2-token"}, ("hunter2-token",)
    web.body = b'{"you sent": "hunter2-token"}' if echo else b"-"
    assert run.run().result == "failed"
    assert web.requests[0].headers["Authorization"] == "hunter2-token"
    assert "hunter2" not in everything(run)
    if echo:
        assert "you sent" in run.of("step.finished")[0]["detail"]


def test_a_request_without_an_end_is_settled_by_its_verify(stage: Make, web: Web, tmp_path: Path) -> None:
    run = stage(f"""
phases:
  - id: one
    steps: [{{id: a, http: {{method: POST, url: "{web.url}"}}, verify: test -e effect}}]
""")
    assert run.run().result == "passed"
    cut_after_intent(run)
    (tmp_path / "effect").touch()
    assert run.run().result == "passed"
    assert run.of("step.settled")[0]["how"] == "verify"
    assert len(web.requests) == 1


def cut_after_intent(run: Stage) -> None:
    path = run.incident / "journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    end = next(number for number, line in enumerate(lines, 1) if '"step.intent"' in line)
    path.write_text("".join(lines[:end]))


@pytest.mark.parametrize(("method", "again"), [("GET", True), ("POST", False)])
def test_it_is_stopped_at_once_and_only_what_reads_is_sent_again(stage: Make, method: str, again: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        body = f"{{id: a, http: {{method: {method}, url: '{address}'}}, timeout: 60s}}"
        run = stage(f"phases: [{{id: one, steps: [{body}]}}]")
        threading.Timer(0.3, lambda: setattr(run.stop, "signal", "SIGTERM")).start()
        began = time.monotonic()
        with pytest.raises(Interrupted):
            run.run()
        assert time.monotonic() - began < 30, "half of its timeout"
    assert run.results() == {"phases/one/a": "interrupted"}
    run.stop = Stop()
    if again:
        assert run.run().result == "failed"  # nobody is there any more
        assert run.of("step.settled")[0]["how"] == "action"
    else:
        with pytest.raises(Refused, match="a person has to say"):
            run.run()


def test_an_answer_that_cannot_be_kept_counts_all_the_same(stage: Make, web: Web) -> None:
    """As on a full disk: the server has had the request."""
    run = stage(f'phases: [{{id: one, steps: [{{id: a, http: {{method: POST, url: "{web.url}"}}}}]}}]')
    (run.context.folder / "outputs").write_text("a file where the folder should be")
    assert run.run().result == "passed"
    assert "    the answer is not kept: File exists" in run.console.lines
    assert len(web.requests) == 1
