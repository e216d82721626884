"""One comment under a pull request, whoever writes it how often and at once with whom."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.github.sticky_comment import LONGEST, StickyComment, publish, room
from rollback_gov.github.writing import Writing
from rollback_gov.model.errors import UsageError
from tests.github.hub.comments import comment
from tests.github.hub.commits import Commit
from tests.github.hub.pulls import pull
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Trouble
from tests.github.interleaving import Job, interleave
from tests.github.pens import writing_to
from tests.thoroughness import examples

BOT = "github-actions[bot]"
MARKED = "<!-- rollback-gov feedback 1.1 -->\n"


@pytest.fixture(autouse=True)
def _pull(hub: Hub) -> None:
    pull(hub.repository(), "linus", Commit("a" * 40, "linus"))


def say(hub: Hub, text: str = "all good", run: int = 1, *, create: bool = True, head: str = "") -> str:
    with writing_to(hub) as writing:
        said = StickyComment(text=text, run=run, attempt=1, head=head)
        return publish(writing, "team/service", 1, said, create=create)


def said(hub: Hub) -> list[str]:
    """Give the texts, without the markers of ours."""
    return [one.body.partition("-->\n")[2] or one.body for one in hub.repository().comments.values()]


def test_it_is_written_once_and_then_updated(hub: Hub) -> None:
    comment(hub.repository(), 1, "Looks good to me", "ada")
    address = say(hub, "2 findings")
    assert address == "https://github.test/team/service/pull/1#issuecomment-2"
    assert say(hub, "all good", run=2) == address
    assert said(hub) == ["Looks good to me", "all good"]


def test_what_says_the_same_is_not_written_again(hub: Hub) -> None:
    say(hub)
    hub.requests.clear()
    say(hub)
    assert {method for method, _ in hub.requests} == {"GET"}


def test_where_there_is_none_and_nothing_to_say_there_stays_none(hub: Hub) -> None:
    assert say(hub, create=False) == ""
    assert said(hub) == []
    say(hub, "2 findings")
    assert say(hub, "nothing to check", run=2, create=False)
    assert said(hub) == ["nothing to check"]


@pytest.mark.parametrize("jobs", [2, 5])
def test_jobs_at_once_leave_one_comment(hub: Hub, jobs: int) -> None:
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda run: say(hub, f"run {run}", run), range(1, jobs + 1)))
    (text,) = said(hub)
    assert text.startswith("run ")


@given(
    order=st.lists(st.integers(0, 2), max_size=30),
    jobs=st.integers(2, 3),
    before=st.integers(0, 2),
    lost=st.sampled_from(["", "issues/create-comment", "issues/update-comment", "issues/delete-comment"]),
)
@settings(max_examples=examples(25))
def test_whatever_the_order_of_their_requests_one_comment_is_left(
    order: list[int], jobs: int, before: int, lost: str
) -> None:
    """Also where there were several before, and where an answer is lost."""
    with serving(Hub()) as hub:
        pull(hub.repository(), "linus", Commit("a" * 40, "linus"))
        for _ in range(before):
            comment(hub.repository(), 1, "<!-- rollback-gov feedback 0.0 -->\nold", BOT)
        hub.troubles = [Trouble(502, operation=lost, done=True)] if lost else []

        def job(number: int) -> Job:
            def write(in_turn: Callable[[Writing], Writing]) -> None:
                with writing_to(hub) as writing:
                    said = StickyComment(text=f"run {number}", run=number, attempt=1)
                    publish(in_turn(writing), "team/service", 1, said)

            return write

        interleave([job(number + 1) for number in range(jobs)], [each % jobs for each in order])
        (text,) = said(hub)
        assert text in {f"run {number + 1}" for number in range(jobs)}


def test_who_writes_while_another_does_takes_his_own_back(hub: Hub) -> None:
    """The other one's comment appears after we have looked and before we write."""
    others: list[str] = []

    def meanwhile(operation: str) -> None:
        if operation == "issues/create-comment" and not others:
            others.append(comment(hub.repository(), 1, f"{MARKED}of another", BOT).body)

    hub.before = meanwhile
    say(hub, "ours", run=2)
    assert said(hub) == ["ours"]
    assert list(hub.repository().comments) == [1], "the oldest stays"


def test_a_job_that_was_overtaken_leaves_what_is_newer(hub: Hub) -> None:
    say(hub, "newer", run=20)
    address = say(hub, "older", run=3)
    assert said(hub) == ["newer"]
    assert address.endswith("-1")


def test_nobody_freezes_it_by_a_marker_that_no_run_will_ever_reach(hub: Hub) -> None:
    """Whoever may write can edit a comment of ours, and it is still ours."""
    say(hub, "2 findings")
    hub.repository().comments[1].body = f"<!-- rollback-gov feedback {10**20 - 1}.1 -->\n✅ all good"
    say(hub, "of a commit of yesterday", run=2, head="b" * 40)
    assert said(hub) == ["✅ all good"]
    say(hub, "2 findings", run=3, head="a" * 40)
    assert said(hub) == ["2 findings"]


@pytest.mark.parametrize("operation", ["issues/update-comment", "issues/delete-comment"])
def test_what_was_deleted_in_between_is_written_anew(hub: Hub, operation: str) -> None:
    say(hub, "first")
    if operation == "issues/delete-comment":
        comment(hub.repository(), 1, f"{MARKED}twice", BOT)

    def meanwhile(asked: str) -> None:
        if asked == operation:
            hub.before = lambda _: None
            hub.repository().comments.clear()

    hub.before = meanwhile
    say(hub, "second", run=2)
    assert said(hub) == ["second"]


def test_somebody_who_deletes_it_again_and_again_wins(hub: Hub) -> None:
    hub.before = lambda asked: hub.repository().comments.clear() if asked == "issues/list-comments" else None
    with pytest.raises(UsageError, match="was deleted whenever it was written"):
        say(hub)


@pytest.mark.parametrize(
    ("author", "body"),
    [
        ("mallory", f"{MARKED}mine"),
        (BOT, f"> {MARKED}> a quotation"),
        (BOT, "<!-- rollback-gov feedback 1.1 --> on the first line of another text"),
        (BOT, ""),
    ],
)
def test_comments_of_others_are_left_alone(hub: Hub, author: str, body: str) -> None:
    comment(hub.repository(), 1, body, author)
    say(hub, "ours")
    assert next(iter(hub.repository().comments.values())).body == body
    assert len(said(hub)) == 2


def test_a_person_updates_the_comment_of_that_person(hub: Hub) -> None:
    hub.tokens = {"ghs_secret": "ada"}
    comment(hub.repository(), 1, f"{MARKED}of a job", BOT)
    say(hub, "first")
    say(hub, "second", run=2)
    assert said(hub) == ["of a job", "second"]


def test_ours_is_found_behind_many_others(hub: Hub) -> None:
    for number in range(250):
        comment(hub.repository(), 1, f"comment {number}", "ada")
    say(hub, "first")
    say(hub, "second", run=2)
    assert len(said(hub)) == 251
    assert said(hub)[-1] == "second"


def test_a_comment_that_was_written_without_an_answer_is_found(hub: Hub) -> None:
    hub.troubles = [Trouble(502, operation="issues/create-comment", done=True)]
    say(hub)
    assert said(hub) == ["all good"]
    assert hub.requests.count(("POST", "/repos/team/service/issues/1/comments")) == 1


def test_a_deletion_without_an_answer_is_done(hub: Hub) -> None:
    for text in ("one", "two"):
        comment(hub.repository(), 1, f"{MARKED}{text}", BOT)
    hub.troubles = [Trouble(502, operation="issues/delete-comment", done=True)]
    say(hub, "ours", run=2)
    assert said(hub) == ["ours"]


def test_a_text_may_be_as_long_as_there_is_room(hub: Hub) -> None:
    longest = StickyComment(text="x" * room(), run=10**20 - 1, attempt=10**9 - 1)
    assert len(longest.body) == LONGEST
    with writing_to(hub) as writing:
        publish(writing, "team/service", 1, longest)
    assert hub.repository().comments[1].body == longest.body


def test_who_may_not_write_is_told_what_it_takes(hub: Hub) -> None:
    hub.denied = {"pull-requests"}
    with pytest.raises(UsageError, match="Resource not accessible") as refused:
        say(hub)
    assert "pull-requests: write" in refused.value.hint
    assert hub.requests.count(("POST", "/repos/team/service/issues/1/comments")) == 1


@pytest.mark.parametrize("operation", ["issues/update-comment", "issues/delete-comment"])
def test_a_refusal_to_change_or_delete_is_none_that_it_is_gone(hub: Hub, operation: str) -> None:
    for text in ("one", "two"):
        comment(hub.repository(), 1, f"{MARKED}{text}", BOT)
    hub.troubles = [Trouble(403, operation=operation)]
    with pytest.raises(UsageError, match="status 403"):
        say(hub, "ours", run=2)


def test_a_token_that_is_wrong_is_said(hub: Hub) -> None:
    say(hub)
    hub.troubles = [Trouble(401, "Bad credentials", operation="users/get-authenticated")]
    with pytest.raises(UsageError, match="status 401"):
        say(hub, run=2)
