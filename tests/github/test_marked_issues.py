"""One issue a marker, whoever opens it at once with whom, and whatever others write into theirs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.github.incident_issue import IssueText, publish
from rollback_gov.github.writing import Writing
from tests.github.hub.issues import Issue
from tests.github.hub.pulls import pull
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble
from tests.github.interleaving import Job, interleave
from tests.github.pens import writing_to
from tests.thoroughness import examples

MARKER = "<!-- rollback-gov run: op-1-run -->"


def text(body: str) -> IssueText:
    return IssueText(run="op-1-run", title="Rollback of op-1", body=body)


def say(hub: Hub, body: str) -> str:
    with writing_to(hub) as writing:
        return publish(writing, "team/service", text(body))


def there(hub: Hub, body: str, **fields: object) -> Issue:
    repository = hub.repository()
    number = repository.next_number()
    repository.issues[number] = Issue(number, "of somebody", body, **fields)  # type: ignore[arg-type]
    return repository.issues[number]


def ours(hub: Hub) -> list[Issue]:
    return [one for one in hub.repository().issues.values() if MARKER in one.body]


@given(
    order=st.lists(st.integers(0, 2), max_size=30),
    jobs=st.integers(2, 3),
    before=st.integers(0, 2),
    lost=st.sampled_from(["", "issues/create", "issues/update", "issues/add-labels"]),
)
@settings(max_examples=examples(20))
def test_whatever_the_order_of_their_requests_one_issue_is_left(
    order: list[int], jobs: int, before: int, lost: str
) -> None:
    """Also where there were several before, and where an answer is lost."""
    with serving(Hub()) as hub:
        hub.repository()
        for _ in range(before):
            there(hub, f"{MARKER}\nold")
        hub.troubles = [Trouble(502, operation=lost, done=True)] if lost else []

        def job(number: int) -> Job:
            def write(in_turn: Callable[[Writing], Writing]) -> None:
                with writing_to(hub) as writing:
                    publish(in_turn(writing), "team/service", text(f"run {number}"))

            return write

        interleave([job(number) for number in range(jobs)], [each % jobs for each in order])
        (one,) = ours(hub)
        assert one.body in {f"{MARKER}\nrun {number}" for number in range(jobs)}
        assert one.number == min(hub.repository().issues), "the oldest stays"
        others = [other for other in hub.repository().issues.values() if other is not one]
        assert all((other.state, other.reason) == ("closed", "not_planned") for other in others)
        assert all(f"[#{one.number}](https://github.test/" in other.body for other in others)


def test_jobs_at_once_leave_one_issue(hub: Hub) -> None:
    with ThreadPoolExecutor(3) as pool:
        addresses = set(pool.map(lambda number: say(hub, f"run {number}"), range(3)))
    assert addresses == {"https://github.test/team/service/issues/1"}
    assert len(ours(hub)) == 1


@pytest.mark.parametrize(
    ("author", "body"),
    [
        ("mallory", f"{MARKER}\nmine"),
        ("github-actions[bot]", f"> {MARKER}\n> somebody said"),
        ("github-actions[bot]", f"a text with {MARKER} in it"),
        ("github-actions[bot]", f"a text with\u2028{MARKER}\u2028in it"),
    ],
)
def test_issues_of_others_are_left_alone(hub: Hub, author: str, body: str) -> None:
    """Anybody can write a marker into an issue, and a bot may repeat what somebody wrote."""
    other = there(hub, body, author=author, labels=["rollback"])
    say(hub, "ours")
    assert (other.body, len(hub.repository().issues)) == (body, 2)
    say(hub, "ours, later")
    assert (other.body, len(hub.repository().issues)) == (body, 2)


def test_somebody_of_the_team_goes_on_with_what_a_job_has_opened_and_the_other_way_round(hub: Hub) -> None:
    hub.repository(ada="write")
    hub.repository().permissions["ada"] = "write"
    hub.tokens = {"ghs_secret": "ada"}
    say(hub, "by ada")
    hub.tokens = {"ghs_secret": "github-actions[bot]"}
    say(hub, "by a job")
    (one,) = hub.repository().issues.values()
    assert (one.author, one.body) == ("ada", f"{MARKER}\nby a job")


def test_who_is_not_of_the_team_finds_the_own_one_again(hub: Hub) -> None:
    """In a public repository everybody can open issues; without this, each telling would open another."""
    there(hub, f"{MARKER}\nof mallory", author="mallory", labels=["rollback"])
    hub.repository().may_label = False
    hub.tokens = {"ghs_secret": "eve"}
    assert say(hub, "first") == say(hub, "second")
    assert [one.body for one in hub.repository().issues.values()] == [f"{MARKER}\nof mallory", f"{MARKER}\nsecond"]


def test_a_pull_request_is_no_issue(hub: Hub) -> None:
    pull(hub.repository(), "github-actions[bot]", body=f"{MARKER}\nx")
    say(hub, "ours")
    assert hub.repository().pulls[1].body == f"{MARKER}\nx"
    assert len(hub.repository().issues) == 1


@pytest.mark.parametrize(("labels", "later"), [([], 150), (["rollback"], 250)])
def test_ours_is_found_behind_many_others(hub: Hub, labels: list[str], later: int) -> None:
    """A report is written again when there were many rollbacks since."""
    say(hub, "first")
    for number in range(later):
        there(hub, f"{number}", labels=labels)
    say(hub, "second")
    assert [one.number for one in ours(hub)] == [1]
