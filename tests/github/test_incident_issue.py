"""One issue a run, against a GitHub that speaks HTTP and remembers."""

from __future__ import annotations

import pytest

from rollback_gov.github.connection import connect
from rollback_gov.github.incident_issue import LONGEST_BODY, IssueText, publish
from rollback_gov.model.errors import UsageError
from tests.github.hub.state import Hub, Trouble

TEXT = IssueText(run="op-1-run", title="Rollback of op-1 in production: passed", body="# Report\n")


def published(hub: Hub, text: IssueText = TEXT) -> str:
    with connect(hub.environ, needs="issues: write") as connection:
        return publish(connection, "team/service", text)


def test_the_issue_is_opened_once_and_then_updated(hub: Hub) -> None:
    first = published(hub)
    later = IssueText(run="op-1-run", title="Rollback of op-1 in production: failed", body="# Report, later\n")
    assert published(hub, later) == first == "https://github.test/team/service/issues/1"
    (issue,) = hub.repository().issues.values()
    assert issue.labels == ["rollback"]
    assert issue.title.endswith("failed")
    assert issue.body == "<!-- rollback-gov run: op-1-run -->\n# Report, later\n"


def test_another_run_has_another_issue(hub: Hub) -> None:
    for run in ("one", "two"):
        published(hub, IssueText(run=run, title=run, body=run))
    assert [issue.title for issue in hub.repository().issues.values()] == ["one", "two"]


def test_a_long_report_is_cut_within_the_limit(hub: Hub) -> None:
    published(hub, IssueText(run="long", title="long", body="x" * 100_000))
    body = hub.repository().issues[1].body
    assert len(body) <= LONGEST_BODY
    assert body.endswith("(cut: the whole report lies in the run's folder)")


def test_reading_is_repeated_and_writing_is_not(hub: Hub) -> None:
    hub.troubles = [Trouble(502), Trouble(503)]
    published(hub)
    assert len(hub.repository().issues) == 1
    hub.requests.clear()
    hub.troubles = [Trouble(502, operation="issues/create")]
    with pytest.raises(UsageError, match="status 502: the server says no"):
        published(hub, IssueText(run="other", title="other", body="other"))
    assert [method for method, _ in hub.requests] == ["GET", "GET", "POST"]


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_a_refusal_is_one_sentence_without_the_token(hub: Hub, status: int) -> None:
    hub.troubles = [Trouble(status)]
    with pytest.raises(UsageError, match=f"status {status}") as refused:
        published(hub)
    assert "ghs_secret" not in f"{refused.value} {refused.value.hint}"
