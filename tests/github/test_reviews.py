"""What is told of a pull request on GitHub, against a GitHub that speaks HTTP and checks what it hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.github.connection import connect
from rollback_gov.github.reviews import reviewed_change
from rollback_gov.model.errors import UsageError
from rollback_gov.records.reviews import WRITERS, ReviewedChange
from tests.github.hub.commits import Commit
from tests.github.hub.pulls import Pull, pull
from tests.github.hub.reviews import review
from tests.github.hub.state import Hub, Trouble
from tests.github.hub.users import user

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "reviews.yaml").read_text(encoding="utf-8"))
CASES = {row["name"]: row for row in TABLE}
SHA = "a" * 40


def opened(hub: Hub, *more: Commit, files: tuple[str, ...] = ("rollback/op-7/plan.yaml",)) -> Pull:
    user(hub, "linus")
    return pull(hub.repository(), "linus", Commit(SHA, "linus"), *more, files=list(files))


def told(hub: Hub, number: int = 1) -> ReviewedChange:
    with connect(hub.environ, needs="pull-requests: read") as connection:
        return reviewed_change(connection.get_repo("team/service"), number)


def permissions_asked(hub: Hub) -> list[str]:
    return [path.split("/")[-2].replace("%5B", "[").replace("%5D", "]") for path in hub.asked("/permission")]


@pytest.mark.parametrize("name", CASES)
def test_what_is_told(hub: Hub, name: str) -> None:
    row = CASES[name]
    change = opened(hub, *(Commit(f"{number:040x}", **one) for number, one in enumerate(row.get("commits", ()))))
    hub.repository().permissions = row.get("may", {})
    for said in row["said"]:
        login, _, state = said.rpartition(" ")
        user(hub, login) if login != "-" else None
        review(change, login.removeprefix("-"), state)
    found = told(hub)
    assert [f"{one.login} {one.state.upper()}" for one in found.reviews] == [
        said.replace("- ", "ghost ") for said in row["said"]
    ]
    approving = {one.login: one.roles[0] for one in found.reviews if one.permission in WRITERS}
    assert approving == row.get("approve", {})
    assert [one.login for one in found.reviews if one.is_bot] == row.get("bots", [])
    assert len({one.user_id for one in found.reviews if one.user_id < 0}) == row.get("ghosts", 0)
    assert set(row.get("authors", ())) <= found.excluded.authors
    assert set(row.get("committers", ())) <= found.excluded.committers
    if "asked" in row:
        assert permissions_asked(hub) == row["asked"]


def test_they_stay_in_their_order_over_many_pages(hub: Hub) -> None:
    change = opened(hub)
    for number in range(230):
        review(change, f"u{number:03}", "COMMENTED")
    found = told(hub)
    assert [one.login for one in found.reviews] == [f"u{number:03}" for number in range(230)]
    assert len(hub.asked("/reviews")) == 3


def test_a_review_whose_commit_is_forgotten_is_of_none(hub: Hub) -> None:
    review(opened(hub), user(hub, "ada").login, "APPROVED", None)
    (found,) = told(hub).reviews
    assert (found.commit, found.at) == ("", "2026-01-31T12:01:00Z")


def test_a_review_that_is_not_given_yet_has_no_time(hub: Hub) -> None:
    review(opened(hub), "ada", "PENDING")
    assert told(hub).reviews[0].at == ""


def test_files_are_told_by_their_names_before_and_after(hub: Hub) -> None:
    opened(hub, files=("new.yaml",)).renamed = {"new.yaml": "old.yaml"}
    assert told(hub).files == {"new.yaml", "old.yaml"}


def test_who_opens_it_had_a_hand_in_it_without_a_commit(hub: Hub) -> None:
    pull(hub.repository(), user(hub, "opener").login, Commit(SHA, user(hub, "linus").login))
    assert {"opener", "linus"} <= told(hub).excluded.authors


def test_more_commits_than_github_lists_are_said(hub: Hub) -> None:
    opened(hub, *(Commit(f"{number:040x}", "linus") for number in range(300)))
    with pytest.raises(UsageError, match="has 301 commits, and GitHub lists 250 of them: nobody knows who wrote"):
        told(hub)


def test_a_state_that_nobody_knows_is_not_passed_over(hub: Hub) -> None:
    review(opened(hub), "ada", "RETRACTED")
    with pytest.raises(UsageError, match="a review in the state 'RETRACTED'"):
        told(hub)


def test_a_pull_request_that_is_not_there_is_said(hub: Hub) -> None:
    with pytest.raises(UsageError, match="status 404: Not Found") as error:
        told(hub, 7)
    assert "the number are right" in error.value.hint


def test_a_page_in_the_place_of_an_answer_is_said(hub: Hub) -> None:
    opened(hub)
    hub.troubles = [Trouble(200, raw=b"<html>Please log in</html>", operation="pulls/get", times=9)]
    with pytest.raises(UsageError, match="What answers for pull request 1 is not GitHub's API"):
        told(hub)


def test_who_has_no_account_any_more_may_nothing(hub: Hub) -> None:
    review(opened(hub), "ada", "APPROVED")
    hub.troubles = [Trouble(404, operation="repos/get-collaborator-permission-level")]
    assert told(hub).reviews[0].permission == ""


def test_a_permission_that_may_not_be_asked_for_is_no_permission_at_all(hub: Hub) -> None:
    review(opened(hub), "ada", "APPROVED")
    hub.troubles = [Trouble(403, "Resource not accessible", operation="repos/get-collaborator-permission-level")]
    with pytest.raises(UsageError, match="status 403: Resource not accessible"):
        told(hub)
