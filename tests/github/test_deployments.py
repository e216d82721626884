"""Deployments, against a GitHub that speaks HTTP and remembers: one a subject, whatever the server does."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest

from rollback_gov.github.connection import connect
from rollback_gov.github.deployments import KEY, LONGEST, News, Ours, Subject, Wanted, begin, has_tag, ours, supersede
from rollback_gov.model.errors import UsageError
from tests.github.hub.deployments import deployed
from tests.github.hub.state import Hub, Trouble

SHA = "a" * 40


@pytest.fixture(autouse=True)
def _commit(hub: Hub) -> None:
    hub.repository().shas = {SHA}


def wanted(**fields: Any) -> Wanted:
    subject = Subject(operation="op-7", identity="p" * 64, services=("shop",))
    given: dict[str, Any] = {"subject": subject, "environment": "production", "ref": SHA, "task": "deploy"}
    return Wanted(**{**given, "description": "op-7", "is_production": True, **fields})


def begun(hub: Hub, what: Wanted | None = None, *news: News) -> int:
    with connect(hub.environ, needs="deployments: write") as connection:
        one = begin(connection.get_repo("team/service"), what or wanted())
        for item in news:
            one.report(item)
        return one.deployment.id


def test_there_is_one_deployment_a_subject(hub: Hub) -> None:
    assert [begun(hub), begun(hub)] == [1, 1]
    again = Subject(operation="op-7", identity="q" * 64)
    assert begun(hub, wanted(subject=again)) == 2
    assert begun(hub, wanted(environment="staging", is_production=False)) == 3
    one = hub.repository().deployments[1]
    assert (one.ref, one.task, one.environment, one.statuses) == (SHA, "deploy", "production", [])
    assert one.payload == {KEY: {"operation": "op-7", "identity": "p" * 64, "services": ["shop"]}}
    assert [other.sent["production_environment"] for other in hub.repository().deployments.values()][1:] == [
        True,
        False,
    ]


@pytest.mark.parametrize("payload", ["", "{", {}, {KEY: "x"}, {KEY: {"operation": 1}}, {KEY: {"operation": "op-7"}}])
def test_deployments_of_others_are_left_alone(hub: Hub, payload: Any) -> None:
    other = deployed(hub.repository(), "main", "production", payload=payload)
    assert begun(hub, None, News(state="success", description="x")) == 2
    assert other.states == []


def test_what_was_said_last_is_not_said_again(hub: Hub) -> None:
    going, done = News(state="in_progress", description="x"), News(state="success", description="y" * 200)
    begun(hub, None, going, going, done, done)
    (first, last) = hub.repository().deployments[1].statuses
    assert (first.state, last.state, last.description) == ("in_progress", "success", "y" * LONGEST)


def test_links_are_given_where_there_are_some(hub: Hub) -> None:
    begun(hub, None, News(state="success", description="x", log_url="https://a.test/1", url="https://shop.test/"))
    (status,) = hub.repository().deployments[1].statuses
    assert (status.log_url, status.environment_url) == ("https://a.test/1", "https://shop.test/")


@pytest.mark.parametrize("status", [502, 200])
def test_a_server_that_made_it_and_did_not_say_so(hub: Hub, status: int) -> None:
    raw = b"<html>all is well</html>" if status == 200 else b""
    hub.troubles = [Trouble(status, operation="repos/create-deployment", done=True, raw=raw)]
    assert begun(hub) == 1
    assert len(hub.repository().deployments) == 1
    assert [method for method, _ in hub.requests].count("POST") == 1


@pytest.mark.parametrize("status", [403, 409, 422])
def test_what_github_refuses_is_said_and_asked_for_once(hub: Hub, status: int) -> None:
    hub.troubles = [Trouble(status, "it may not", operation="repos/create-deployment", times=9)]
    with pytest.raises(UsageError, match=f"status {status}: it may not"):
        begun(hub)
    assert hub.requests[-1][0] == "POST", "it may not have been made, so nothing is looked for"
    assert hub.repository().deployments == {}


def test_what_was_not_made_is_asked_for_again_after_a_look_and_not_for_ever(hub: Hub) -> None:
    hub.troubles = [Trouble(502, "it may not", operation="repos/create-deployment", times=99)]
    with pytest.raises(UsageError, match="status 502: it may not"):
        begun(hub)
    methods = [method for method, _ in hub.requests]
    assert methods[methods.index("POST") :] == ["POST", "GET", "POST", "GET", "POST"]
    assert hub.repository().deployments == {}


def test_a_page_in_the_place_of_every_answer_is_said(hub: Hub) -> None:
    page = Trouble(200, raw=b"<html>Log in</html>", operation="repos/create-deployment", times=99)
    hub.troubles = [page]
    with pytest.raises(UsageError, match="not GitHub's API"):
        begun(hub)


def test_one_that_the_list_does_not_show_yet_counts_all_the_same(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.deployments.ours", lambda *_: iter(()))
    assert begun(hub, None, News(state="in_progress", description="x")) == 1
    assert hub.repository().deployments[1].states == ["in_progress"]


def test_of_two_at_once_the_older_one_counts(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look before either has made one."""
    both, found = Barrier(2), []
    looked = ours

    def look(repository: Any, environment: str, task: str) -> Any:
        there = list(looked(repository, environment, task))
        both.wait(60)
        return iter(there)

    monkeypatch.setattr("rollback_gov.github.deployments.ours", look)
    threads = [Thread(target=lambda: found.append(begun(hub))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [1, 1]
    assert [one.states for one in hub.repository().deployments.values()] == [[], ["inactive"]]


def test_one_that_succeeds_ends_those_before_it_and_no_other(hub: Hub) -> None:
    subjects = [("op-1", ("shop",)), ("op-2", ("shop", "mail")), ("op-3", ("shop",)), ("op-4", ("shop",))]
    with connect(hub.environ, needs="deployments: write") as connection:
        repository = connection.get_repo("team/service")
        made: list[Ours] = []
        for operation, services in subjects:
            subject = Subject(operation=operation, identity=operation, services=services)
            made.append(begin(repository, wanted(subject=subject)))
            made[-1].report(News(state="failure" if operation == "op-3" else "success", description="x"))
        supersede(repository, made[-1])
        supersede(repository, made[0])
        deployments = hub.repository().deployments.values()
        assert [one.states[-1] for one in deployments] == ["inactive", "success", "failure", "success"]


def test_how_one_stands_is_read_once_and_then_known(hub: Hub) -> None:
    with connect(hub.environ, needs="deployments: write") as connection:
        one = begin(connection.get_repo("team/service"), wanted())
        hub.requests.clear()
        assert one.state() == ""
        for _ in range(2):
            one.report(News(state="success", description="x"))
        assert one.state() == "success"
    assert [method for method, _ in hub.requests] == ["GET", "POST"]


def test_a_tag_is_found_by_its_whole_name(hub: Hub) -> None:
    hub.repository().tags = {"v2", "shop/v1"}
    with connect(hub.environ, needs="contents: read") as connection:
        repository = connection.get_repo("team/service")
        assert [has_tag(repository, name) for name in ("v2", "shop/v1", "v", "v3")] == [True, True, False, False]
        hub.troubles = [Trouble(403, operation="git/get-ref")]
        with pytest.raises(Exception, match="403"):
            has_tag(repository, "v2")
