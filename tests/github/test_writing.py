"""Patience with requests that change something: within a bound, and never the same thing twice."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.github import connection as connection_module
from rollback_gov.github.writing import TRIES
from rollback_gov.model.errors import UsageError
from tests.github.hub.state import Hub, Trouble
from tests.github.pens import Time, writing_to

PLACE = "/repos/team/service/issues"
CREATE = "issues/create"
SECONDARY = "You have exceeded a secondary rate limit"
HTML = b"<html>all is well</html>"


def create(hub: Hub, time: Time | None = None) -> Any:
    """Open an issue; it is looked for by its title."""
    with writing_to(hub, time) as writing:

        def look() -> dict[str, Any] | None:
            return next((one for one in writing.pages(PLACE) if one["title"] == "one"), None)

        return writing.send("POST", PLACE, {"title": "one"}, look)


def posts(hub: Hub) -> int:
    return sum(method == "POST" for method, _ in hub.requests)


@pytest.mark.parametrize(
    ("trouble", "sent"),
    [
        (Trouble(502, operation=CREATE), 2),
        (Trouble(502, operation=CREATE, done=True), 1),
        (Trouble(500, operation=CREATE, done=True), 1),
        (Trouble(200, operation=CREATE, raw=HTML), 2),
        (Trouble(200, operation=CREATE, raw=HTML, done=True), 1),
        (Trouble(403, SECONDARY, {"Retry-After": "7"}, operation=CREATE), 2),
        (Trouble(429, SECONDARY, {"Retry-After": "7"}, operation=CREATE, times=2), 3),
    ],
)
def test_nothing_is_created_twice(hub: Hub, trouble: Trouble, sent: int) -> None:
    assert create(hub)["title"] == "one"
    hub.repository().issues.clear()
    hub.requests.clear()
    hub.troubles = [trouble]
    assert create(hub)["title"] == "one"
    assert posts(hub) == sent
    assert len(hub.repository().issues) == 1


def test_an_answer_that_never_comes_is_looked_after(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "TIMEOUT_SECONDS", 1)
    hub.troubles = [Trouble(201, operation=CREATE, done=True, seconds=1.3)]
    assert create(hub)["number"] == 1
    assert (posts(hub), len(hub.repository().issues)) == (1, 1)


def test_it_waits_as_long_as_it_is_asked_to(hub: Hub) -> None:
    time = Time()
    hub.troubles = [Trouble(403, SECONDARY, {"Retry-After": "59"}, operation=CREATE)]
    create(hub, time)
    assert time.slept == [59]


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(403, SECONDARY, {"Retry-After": "61"}, times=9, operation=CREATE),
        Trouble(403, SECONDARY, times=9, operation=CREATE),
        Trouble(403, "API rate limit exceeded", {"X-RateLimit-Remaining": "0"}, times=9, operation=CREATE),
        Trouble(422, times=9, operation=CREATE),
        Trouble(401, times=9, operation=CREATE),
    ],
)
def test_what_does_not_pass_is_not_waited_for(hub: Hub, trouble: Trouble) -> None:
    time = Time()
    hub.troubles = [trouble]
    with pytest.raises(UsageError):
        create(hub, time)
    assert (posts(hub), time.slept) == (1, [])


@pytest.mark.parametrize("status", [502, 200])
def test_there_is_an_end_to_it(hub: Hub, status: int) -> None:
    time = Time()
    hub.troubles = [Trouble(status, operation=CREATE, times=99, raw=HTML if status == 200 else b"")]
    with pytest.raises(UsageError):
        create(hub, time)
    assert posts(hub) == TRIES


@pytest.mark.parametrize(("most", "sent"), [(59, 1), (61, 2), (119, 2), (121, 3)])
def test_no_wait_goes_beyond_the_time_for_all_of_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, most: int, sent: int
) -> None:
    monkeypatch.setattr("rollback_gov.github.writing.MOST_SECONDS", most)
    time = Time()
    hub.troubles = [Trouble(403, SECONDARY, {"Retry-After": "60"}, operation=CREATE, times=99)]
    with pytest.raises(UsageError, match="used up for 60 s"):
        create(hub, time)
    assert posts(hub) == sent


def test_a_server_that_is_gone_is_tried_and_left(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.patience.TIMES", 0)
    gone = {**hub.environ, "GITHUB_API_URL": "http://127.0.0.1:1"}
    looked = list[int]()

    def look() -> None:
        looked.append(1)

    with pytest.raises(UsageError, match="could not be reached"), writing_to(hub, Time(), gone) as writing:
        writing.send("POST", PLACE, {"title": "one"}, look)
    assert len(looked) == TRIES - 1


def test_a_page_of_a_proxy_is_no_list(hub: Hub) -> None:
    hub.troubles = [Trouble(200, raw=HTML)]
    with pytest.raises(UsageError, match="is not GitHub's API"), writing_to(hub) as writing:
        list(writing.pages(PLACE))


def test_a_list_without_end_is_not_read_to_its_end(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.writing._PAGE", 1)
    monkeypatch.setattr("rollback_gov.github.writing._MOST_PAGES", 2)
    for _ in range(3):
        create(hub)
    with pytest.raises(UsageError, match="more than 2 entries"), writing_to(hub) as writing:
        list(writing.pages(PLACE))
