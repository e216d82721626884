"""One issue a run, against a GitHub that speaks HTTP and remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollback_gov.github.incident_issue import LONGEST_BODY, IssueText, publish
from rollback_gov.github.labels import COLOURS
from rollback_gov.model.errors import UsageError
from tests.github.hub.state import Hub, Trouble
from tests.github.pens import writing_to

TEXT = IssueText(run="op-1-run", title="Rollback of op-1 in production: passed", body="# Report\n")


def published(hub: Hub, text: IssueText = TEXT) -> str:
    with writing_to(hub) as writing:
        return publish(writing, "team/service", text)


def test_the_issue_is_opened_once_and_then_updated(hub: Hub) -> None:
    first = published(hub)
    later = IssueText(run="op-1-run", title="Rollback of op-1 in production: failed", body="# Report, later\n")
    assert published(hub, later) == first == "https://github.test/team/service/issues/1"
    (issue,) = hub.repository().issues.values()
    assert issue.labels == ["rollback"]
    assert issue.title.endswith("failed")
    assert issue.body == "<!-- rollback-gov run: op-1-run -->\n# Report, later\n"


def test_one_that_is_deleted_while_it_is_told_is_opened_again(hub: Hub) -> None:
    published(hub)

    def meanwhile(operation: str) -> None:
        if operation == "issues/update":
            hub.before = lambda _: None
            hub.repository().issues.clear()

    hub.before = meanwhile
    published(hub, replace(TEXT, body="# Report, later\n"))
    (one,) = hub.repository().issues.values()
    assert one.body.endswith("# Report, later\n")


def test_one_that_is_deleted_and_still_listed_is_not_taken_for_there(hub: Hub) -> None:
    published(hub)
    published(hub, IssueText(run="two", title="two", body="two"))
    issues = hub.repository().issues
    deleted = issues[1]

    def meanwhile(operation: str) -> None:
        issues.pop(1, None)
        if operation == "issues/list-for-repo":
            issues[1] = deleted

    hub.before = meanwhile
    published(hub, replace(TEXT, body="# Report, later\n"))
    said = {number: one.body.splitlines()[1] for number, one in issues.items() if number != 1}
    assert said == {2: "two", 3: "# Report, later"}


def test_another_one_that_is_there_instead_is_told_too(hub: Hub) -> None:
    published(hub)
    issues = hub.repository().issues

    def meanwhile(operation: str) -> None:
        if operation == "issues/update":
            hub.before = lambda _: None
            issues[2] = issues.pop(1)
            issues[2].number = 2

    hub.before = meanwhile
    assert published(hub, replace(TEXT, body="# Report, later\n")).endswith("/issues/2")
    assert [one.body.splitlines()[1] for one in issues.values()] == ["# Report, later"]


def test_another_run_has_another_issue(hub: Hub) -> None:
    for run in ("one", "two"):
        published(hub, IssueText(run=run, title=run, body=run))
    assert [issue.title for issue in hub.repository().issues.values()] == ["one", "two"]


def test_a_long_report_is_cut_within_the_limit(hub: Hub) -> None:
    published(hub, IssueText(run="long", title="long", body="one line ä\n" * 10_000))
    body = hub.repository().issues[1].body
    assert LONGEST_BODY - 200 < len(body.encode()) <= LONGEST_BODY
    kept, _, said = body.partition("\n\n(")
    assert kept.endswith("\none line ä"), "no line is cut in its middle"
    assert said.endswith("The whole report lies in the run's folder)\n")


def test_reading_is_repeated(hub: Hub) -> None:
    hub.troubles = [Trouble(502), Trouble(503)]
    published(hub)
    assert len(hub.repository().issues) == 1


def test_the_issue_is_asked_for_again_only_after_a_look_and_not_for_ever(hub: Hub) -> None:
    hub.troubles = [Trouble(502, operation="issues/create")]
    published(hub)
    methods = [method for method, _ in hub.requests]
    assert methods[:8] == ["GET", "GET", "POST", "GET", "GET", "POST", "GET", "GET"]
    assert len(hub.repository().issues) == 1
    hub.troubles = [Trouble(502, operation="issues/create", times=99)]
    with pytest.raises(UsageError, match="status 502: the server says no"):
        published(hub, IssueText(run="other", title="other", body="other"))
    assert len(hub.repository().issues) == 1


@pytest.mark.parametrize("status", [502, 200])
def test_a_server_that_made_it_and_did_not_say_so(hub: Hub, status: int) -> None:
    """It says that it did not, or a proxy answers in its place."""
    raw = b"<html>all is well</html>" if status == 200 else b""
    hub.troubles = [Trouble(status, operation="issues/create", done=True, raw=raw)]
    assert published(hub).endswith("/issues/1")
    assert len(hub.repository().issues) == 1


def test_labels_are_made_and_added_and_those_of_people_stay(hub: Hub) -> None:
    bad = replace(TEXT, labels=("severity: critical",))
    hub.repository().labels = {"SLA: Breached": "123456"}
    published(hub, bad)
    issue = hub.repository().issues[1]
    assert issue.labels == ["rollback", "severity: critical"]
    hub.repository().labels["customer"] = "ffffff"
    issue.labels += ["customer"]
    issue.state = "closed"
    published(hub, replace(bad, labels=(*bad.labels, "sla: breached")))
    assert issue.labels == ["rollback", "severity: critical", "customer", "sla: breached"]
    assert issue.state == "closed", "only people open and close it"
    assert hub.repository().labels["severity: critical"] == COLOURS["severity: critical"]
    hub.requests.clear()
    published(hub, replace(bad, labels=(*bad.labels, "sla: breached")))
    assert [method for method, _ in hub.requests] == ["GET", "GET"], "what has not changed is not written again"


@pytest.mark.parametrize("operation", ["issues/get-label", "issues/create-label", "issues/add-labels"])
@pytest.mark.parametrize("status", [403, 404, 422])
def test_where_the_token_may_set_no_labels_there_is_still_one_issue(hub: Hub, operation: str, status: int) -> None:
    hub.repository().may_label = False
    hub.troubles = [Trouble(status, operation=operation, times=99)]
    for body in ("one", "two"):
        published(hub, replace(TEXT, body=body, labels=("severity: low",)))
    assert [issue.body.splitlines()[1] for issue in hub.repository().issues.values()] == ["two"]


def test_a_title_has_an_end(hub: Hub) -> None:
    published(hub, replace(TEXT, title="x" * 300))
    assert len(hub.repository().issues[1].title) == 256


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_a_refusal_is_one_sentence_without_the_token(hub: Hub, status: int) -> None:
    hub.troubles = [Trouble(status)]
    with pytest.raises(UsageError, match=f"status {status}") as refused:
        published(hub)
    assert "ghs_secret" not in f"{refused.value} {refused.value.hint}"
