"""The GitHub of the tests is one: it refuses what GitHub refuses, and says nothing that GitHub would not say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests

from tests.github.hub import description, server
from tests.github.hub.commits import Commit
from tests.github.hub.description import MisfitError
from tests.github.hub.pulls import pull
from tests.github.hub.reviews import review
from tests.github.hub.shape import shaped
from tests.github.hub.state import ANSWERS, Answer, Call, Hub, Page
from tests.github.hub.users import user

TOKEN = {"Authorization": "Bearer ghs_secret"}


def ask(hub: Hub, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
    return requests.request(method, f"{hub.url}{path}", json=body, headers={**TOKEN, **headers}, timeout=60)


def ask_once(method: str, path: str, body: Any = None) -> None:
    """Ask a GitHub that is there for this one request. Raises MisfitError where it does not fit."""
    with server.serving(Hub()) as hub:
        hub.repository()
        assert ask(hub, method, path, body).status_code == 501


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", "/repos/team/service/pulls/one", None, "pulls/get pull_number"),
        ("GET", "/repos/team/service/issues?state=broken", None, "issues/list-for-repo ?state"),
        ("GET", "/repos/team/service/pulls/1/reviews?sort=created", None, "has no parameter 'sort'"),
        ("POST", "/repos/team/service/issues", {"title": ["x"]}, "issues/create body at title"),
        ("POST", "/repos/team/service/issues", {"body": "x"}, '"title" is a required property'),
        ("POST", "/repos/team/service/issues", {"title": "x", "tittle": "y"}, "issues/create knows no tittle"),
        ("POST", "/repos/team/service/issues", None, "issues/create wants a body"),
        ("PUT", "/repos/team/service/pulls/1/reviews/1/dismissals", {"event": "DISMISS"}, '"message" is a required'),
        ("DELETE", "/repos/team/service", None, "nobody answers DELETE"),
        ("GET", "/nowhere", None, "nobody answers GET /nowhere"),
    ],
)
def test_a_request_that_github_would_not_understand_fails_the_test(
    method: str, path: str, body: Any, message: str
) -> None:
    with pytest.raises(MisfitError, match=re.escape(message)):
        ask_once(method, path, body)


@pytest.mark.parametrize("answer", [(200, {"number": "one"}), (201, {}), (200, None)])
def test_an_answer_that_github_would_not_give_fails_the_test(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "pulls/get", lambda hub, call: answer)
    with pytest.raises(MisfitError, match="pulls/get"):
        ask_once("GET", "/repos/team/service/pulls/1")


def test_whoever_has_no_token_gets_nothing(hub: Hub) -> None:
    assert requests.get(f"{hub.url}/repos/team/service", timeout=60).status_code == 401


def test_pages_are_linked(hub: Hub) -> None:
    for number in range(5):
        ask(hub, "POST", "/repos/team/service/issues", {"title": f"{number}"})
    numbers, path = [], "/repos/team/service/issues?per_page=2"
    while path:
        answer = ask(hub, "GET", path)
        numbers += [issue["number"] for issue in answer.json()]
        path = answer.links.get("next", {}).get("url", "").removeprefix(hub.url)
    assert numbers == [5, 4, 3, 2, 1]


def test_some_lists_have_a_count_around_them(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(hub: Hub, call: Call) -> Answer:
        return 200, Page([{"name": "one"}, {"name": "two"}], "check_runs")

    monkeypatch.setitem(ANSWERS, "checks/list-for-ref", runs)
    document = ask(hub, "GET", "/repos/team/service/commits/main/check-runs?per_page=1").json()
    assert (document["total_count"], [one["name"] for one in document["check_runs"]]) == (2, ["one"])


def test_what_has_not_changed_is_not_sent_again(hub: Hub) -> None:
    tag = ask(hub, "GET", "/repos/team/service").headers["ETag"]
    assert ask(hub, "GET", "/repos/team/service", **{"If-None-Match": tag}).status_code == 304
    assert ask(hub, "GET", "/repos/team/service", **{"If-None-Match": '"x"'}).status_code == 200


def test_reviews_are_given_and_dismissed(hub: Hub) -> None:
    one = pull(hub.repository(), "linus", Commit("a" * 40, "linus"))
    place = f"/repos/team/service/pulls/{one.number}/reviews"
    assert ask(hub, "POST", place, {"event": "APPROVE"}).json()["state"] == "APPROVED"
    assert ask(hub, "PUT", f"{place}/1/dismissals", {"message": "no"}).json()["state"] == "DISMISSED"
    assert ask(hub, "PUT", f"{place}/1/dismissals", {"message": "no"}).status_code == 422
    assert ask(hub, "PUT", f"{place}/9/dismissals", {"message": "no"}).status_code == 404
    hub.tokens = {"ghs_secret": "linus"}
    assert ask(hub, "POST", place, {"event": "APPROVE"}).status_code == 422
    assert ask(hub, "POST", place, {"event": "COMMENT", "body": "x"}).json()["user"]["login"] == "linus"
    assert [said["state"] for said in ask(hub, "GET", place).json()] == ["DISMISSED", "COMMENTED"]


def test_comments_are_written_changed_and_deleted(hub: Hub) -> None:
    one = pull(hub.repository(), "linus", Commit("a" * 40, "linus"))
    place = f"/repos/team/service/issues/{one.number}/comments"
    assert ask(hub, "POST", place, {"body": "x" * 65_536}).status_code == 201
    assert [ask(hub, "POST", place, {"body": body}).status_code for body in ("x" * 65_537, " ")] == [422, 422]
    assert ask(hub, "PATCH", "/repos/team/service/issues/comments/1", {"body": "y"}).json()["body"] == "y"
    assert ask(hub, "DELETE", "/repos/team/service/issues/comments/1").status_code == 204
    assert ask(hub, "POST", place, {"body": "z"}).json()["id"] == 2
    assert ask(hub, "DELETE", "/repos/team/service/issues/comments/1").status_code == 404
    assert ask(hub, "GET", "/repos/team/service/issues/99/comments").status_code == 404
    hub.denied = {"pull-requests"}
    assert ask(hub, "DELETE", "/repos/team/service/issues/comments/2").status_code == 403


NOTE = {"path": "p", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}


@pytest.mark.parametrize(
    ("change", "output", "status"),
    [
        ({}, {"annotations": [NOTE] * 50}, 201),
        ({"conclusion": ""}, {}, 422),
        ({}, {"summary": "x" * 65_535}, 201),
        ({}, {"summary": "ä" * 40_000}, 422),
        ({}, {"annotations": [{**NOTE, "message": ""}]}, 422),
        ({}, {"annotations": [{**NOTE, "message": "x" * 70_000}]}, 422),
        ({}, {"annotations": [{**NOTE, "title": "x" * 256}]}, 422),
        ({}, {"annotations": [{**NOTE, "end_line": 2, "start_column": 1}]}, 422),
        ({}, {"annotations": [{**NOTE, "start_line": 2}]}, 422),
    ],
)
def test_what_stands_in_prose_only_is_refused_too(
    hub: Hub, change: dict[str, str], output: dict[str, Any], status: int
) -> None:
    body = {"name": "n", "head_sha": "a" * 40, "status": "completed", "conclusion": "success"} | change
    body = {name: value for name, value in body.items() if value}
    sent = {**body, "output": {"title": "t", "summary": "s", **output}}
    assert ask(hub, "POST", "/repos/team/service/check-runs", sent).status_code == status


def test_more_than_fifty_annotations_are_not_taken() -> None:
    output = {"title": "t", "summary": "s", "annotations": [NOTE] * 51}
    with pytest.raises(MisfitError, match="checks/create body at output/annotations"):
        ask_once("POST", "/repos/team/service/check-runs", {"name": "n", "head_sha": "a", "output": output})


def test_what_nobody_asked_about_is_filled_in(hub: Hub) -> None:
    one = pull(hub.repository(), user(hub, "linus").login, Commit("a" * 40, "linus"))
    review(one, "", "APPROVED")
    document = ask(hub, "GET", f"/repos/team/service/pulls/{one.number}").json()
    assert len(document) > 40
    assert (document["user"]["login"], document["head"]["sha"]) == ("linus", "a" * 40)
    assert ask(hub, "GET", f"/repos/team/service/pulls/{one.number}/reviews").json()[0]["user"] is None


def test_every_answer_can_be_filled_in() -> None:
    """What stands in the description can be given: whoever adds a resource writes only what matters."""
    for operation, told in description.operations().items():
        for status, schema in told["responses"].items():
            if not schema or not status.startswith("2") or operation == "repos/get-content":  # a file, or a list
                continue
            document = shaped(schema, [] if schema.get("type") == "array" else {})
            description.check_response(operation, int(status), json.loads(json.dumps(document)))
