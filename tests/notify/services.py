"""Slack, PagerDuty and Teams on loopback: each takes what its documentation takes, and refuses everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from tests.notify.web import Web, serve

ROUTING_KEY = "r0ut1ngkey" + "0" * 22
SLACK_PATH = "/services/T000/B000/very-secret"
TEAMS_PATH = "/workflows/1/triggers/manual/paths/invoke"
PATHS = {
    "/v2/enqueue": "pagerduty-event",
    "/v2/change/enqueue": "pagerduty-change",
    SLACK_PATH: "slack",
    TEAMS_PATH: "teams",
}
LARGEST = {"pagerduty-event": 512_000, "pagerduty-change": 512_000, "slack": 1_000_000, "teams": 28_000}
"""Bytes that each service takes at most."""


def problems(name: str, document: Any) -> list[str]:
    """What a service would not take of a document."""
    return [error.message for error in _validator(name).iter_errors(document)]


@cache
def _validator(name: str) -> Draft7Validator:
    schema = json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


class Services(Web):
    """All of them in one server; ``refused`` says what was wrong with whom."""

    def __init__(self, *answers: int | str) -> None:
        super().__init__(*answers)
        self.refused: list[str] = []
        self.incidents: dict[str, list[str]] = {}
        """PagerDuty's: deduplication key -> what was done with it."""

    def judge(self, path: str, document: Any, size: int) -> int:
        """Give the status with which the service answers."""
        name = PATHS.get(path)
        if name is None:
            return 404
        wrong = problems(name, document) + (["too large"] if size > LARGEST[name] else [])
        if wrong:
            self.refused += [f"{path}: {problem}" for problem in wrong]
            return 400
        if name == "pagerduty-event":
            self.incidents.setdefault(document["dedup_key"], []).append(document["event_action"])
        return 200 if name == "slack" else 202

    def to(self, path: str) -> list[Any]:
        """What was posted there."""
        return [document for where, document in zip(self.paths, self.posted, strict=True) if where == path]


@contextmanager
def services(*answers: int | str) -> Iterator[Services]:
    """Run them until the test ends; with ``answers`` they give those instead of their own."""
    with serve(*answers, kind=Services) as web:
        assert isinstance(web, Services)
        yield web
