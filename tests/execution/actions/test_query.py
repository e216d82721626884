"""``query`` steps: a value, no value, and never one for the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.execution.conftest import Stage
from tests.execution.web import Web, serve

Make = Callable[..., Stage]


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        yield server


def query(web: Web, more: str) -> str:
    return f"""
phases:
  - id: one
    steps:
      - id: errors
        query: {{source: http, url: "{web.url}", pointer: /rate}}
        {more}
"""


def test_a_metric_is_compared_exactly(stage: Make, web: Web) -> None:
    web.body = b'{"rate": 0.001}'
    run = stage(query(web, "expect: {at_most: 0.1%}"))
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["checks"] == [
        {"expected": "value at most 0.001", "observed": "0.001", "passed": True}
    ]


def test_no_value_is_not_a_good_value(stage: Make, web: Web) -> None:
    web.body = b'{"rate": null}'
    run = stage(query(web, "expect: {below: 5}"))
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["checks"][0]["passed"] is False


def test_a_metric_is_read_until_it_is_good(stage: Make, web: Web) -> None:
    def answer(handler: object) -> None:
        rate = 5 - len(web.requests)
        body = f'{{"rate": {rate}}}'
        getattr(handler, "wfile").write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())  # noqa: B009

    web.raw = answer
    run = stage(query(web, "expect: {at_most: 2}\n        until: {every: 10ms, within: 10s}"))
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["tries"] == 3


def test_a_metric_without_an_end_is_read_again(stage: Make, web: Web) -> None:
    web.body = b'{"rate": 1}'
    run = stage(query(web, "expect: {at_most: 2}"))
    run.run()
    path = run.incident / "journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: next(n for n, line in enumerate(lines, 1) if '"step.intent"' in line)]))
    assert run.run().result == "passed"
    assert [data["how"] for data in run.of("step.settled")] == ["idempotent"]
