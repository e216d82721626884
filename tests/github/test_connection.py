"""What GitHub may do to whoever asks it: fail for a while, ask for patience, know nothing, or not be there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rollback_gov.github import connection as module
from rollback_gov.github.connection import connect
from rollback_gov.model.errors import UsageError
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble

NEEDS = "pull-requests: read"


def ask(hub: Hub) -> str:
    with connect(hub.environ, needs=NEEDS) as connection:
        return connection.get_repo("team/service").full_name


@contextmanager
def refused(hub: Hub) -> Iterator[list[str]]:
    """Collect the message and the hint."""
    said: list[str] = []
    with pytest.raises(UsageError) as error:
        ask(hub)
    said += [str(error.value), error.value.hint]
    yield said


def test_what_passes_is_waited_for(hub: Hub) -> None:
    hub.troubles = [Trouble(502), Trouble(403, "You have exceeded a secondary rate limit", {"Retry-After": "1"})]
    began = time.monotonic()
    assert ask(hub) == "team/service"
    assert time.monotonic() - began >= 1, "it was not as patient as it was asked to be"
    assert len(hub.requests) == 3


def test_three_more_tries_and_then_what_it_said(hub: Hub) -> None:
    hub.troubles = [Trouble(503, times=9)]
    with refused(hub) as (message, _):
        assert message == "GitHub answered with status 503: the server says no."
    assert len(hub.requests) == 4


def test_nobody_waits_for_longer_than_a_minute(hub: Hub) -> None:
    hub.troubles = [Trouble(403, "You have exceeded a secondary rate limit.", {"Retry-After": "61"})]
    with refused(hub) as said:
        assert said == ["GitHub's rate limit is used up for 61 s.", "Try again then."]
    assert len(hub.requests) == 1


def test_a_limit_that_is_used_up_is_told_with_its_end(hub: Hub) -> None:
    used_up = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1769860800"}
    hub.troubles = [Trouble(403, "API rate limit exceeded for installation ID 7.", used_up)]
    with refused(hub) as (message, _):
        assert message == "GitHub's rate limit is used up until 2026-01-31T12:00:00Z."
    assert len(hub.requests) == 1


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "See that GITHUB_TOKEN is a token of this server"),
        (403, "Give the job `permissions: {pull-requests: read}`"),
        (404, "See that the repository and the number are right"),
        (422, ""),
    ],
)
def test_what_can_be_done_is_said(hub: Hub, status: int, hint: str) -> None:
    hub.troubles = [Trouble(status)]
    with refused(hub) as said:
        assert said[0].startswith(f"GitHub answered with status {status}")
        assert said[1].startswith(hint)
        assert bool(said[1]) == bool(hint)


def test_a_server_that_does_not_answer_is_left(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 1)
    monkeypatch.setattr("rollback_gov.github.patience.TIMES", 0)
    hub.troubles = [Trouble(200, seconds=1.3)]
    with refused(hub) as (message, _):
        assert message == f"GitHub could not be reached at {hub.url} (ConnectionError)."


def test_github_enterprise_has_its_api_elsewhere() -> None:
    with serving(Hub(), prefix="/api/v3") as hub:
        hub.repository()
        assert ask(hub) == "team/service"
        assert hub.requests == [("GET", "/api/v3/repos/team/service")]


def test_a_wrong_token_is_not_shown(hub: Hub) -> None:
    with (
        pytest.raises(UsageError, match="status 401: Bad credentials") as error,
        connect({**hub.environ, "GITHUB_TOKEN": "ghs_wrong"}, needs=NEEDS) as connection,
    ):
        connection.get_repo("team/service")
    assert "ghs_wrong" not in f"{error.value} {error.value.hint}"


def test_no_token_and_no_server_are_said() -> None:
    with pytest.raises(UsageError, match="GITHUB_TOKEN is not set") as error, connect({}, needs=NEEDS):
        pass
    assert NEEDS in error.value.hint
    nowhere = {"GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:1"}
    with pytest.raises(UsageError, match="could not be reached"), connect(nowhere, needs=NEEDS) as connection:
        connection.get_repo("team/service")
