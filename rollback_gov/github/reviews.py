"""The reviews of a pull request on GitHub, as facts: who gave them, of which commit, and what that person may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rollback_gov.git import co_authors
from rollback_gov.github.logins import with_logins
from rollback_gov.model.errors import UsageError
from rollback_gov.records.exclusion import Excluded
from rollback_gov.records.reviews import STATES, Review, ReviewedChange, latest
from rollback_gov.records.times import stamp

if TYPE_CHECKING:
    from github.Commit import Commit
    from github.NamedUser import NamedUser
    from github.PullRequest import PullRequest
    from github.PullRequestReview import PullRequestReview
    from github.Repository import Repository

MOST_COMMITS = 250
MOST_FILES = 3_000
"""GitHub lists no more of a pull request."""


def reviewed_change(repository: Repository, number: int) -> ReviewedChange:
    """Give the facts of a pull request. Raises UsageError where GitHub does not tell all of them."""
    pull = repository.get_pull(number)
    if not pull.id:
        raise UsageError(f"What answers for pull request {number} is not GitHub's API.", hint="See GITHUB_API_URL.")
    reviews = tuple(_review(review) for review in pull.get_reviews())
    return ReviewedChange(
        number=number,
        excluded=_had_a_hand(pull),
        reviews=tuple(with_permission(repository, reviews)),
        files=frozenset(_files(pull)),
    )


def with_permission(repository: Repository, reviews: tuple[Review, ...]) -> Iterator[Review]:
    """Ask what those may do whose approval it hangs on; any reader can approve."""
    deciding = {
        review.user_id
        for review in latest(reviews)
        if review.state == "approved" and not review.is_bot and review.user_id > 0
    }
    known: dict[int, tuple[str, str]] = {}
    for review in reviews:
        if review.user_id in deciding and review.user_id not in known:
            known[review.user_id] = _permission(repository, review.login)
        permission, role = known.get(review.user_id, ("", ""))
        yield replace(review, permission=permission, roles=(role,) if role else ())


def _permission(repository: Repository, login: str) -> tuple[str, str]:
    """Give what somebody may do, and the name of that role; nothing for who has no account any more."""
    from github import GithubException

    path = f"{repository.url}/collaborators/{quote(login, safe='')}/permission"
    try:
        _, told = repository.requester.requestJsonAndCheck("GET", path)
    except GithubException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return "", ""
    return str(told.get("permission", "")), str(told.get("role_name", ""))


def _review(review: PullRequestReview) -> Review:
    """Take over one review. An account that is gone has no name and no id: each of its reviews is somebody's own."""
    state = review.state.lower()
    if state not in STATES:
        raise UsageError(
            f"GitHub has a review in the state '{review.state}', and this version does not know what that means.",
            hint="Use a newer version, or signed approvals: rollback-gov permit approve",
        )
    user: NamedUser | None = review.user
    return Review(
        login=user.login if user else "ghost",
        user_id=user.id if user else -review.id,
        state=state,
        commit=review.commit_id or "",
        at=stamp(review.submitted_at) if review.submitted_at else "",
        permission="",
        is_bot=bool(user and user.type == "Bot"),
    )


def _had_a_hand(pull: PullRequest) -> Excluded:
    """Give who wrote and who committed what is reviewed, by login and by address."""
    commits = list(pull.get_commits())
    if len(commits) < (pull.commits or MOST_COMMITS) or len(commits) >= MOST_COMMITS:
        raise UsageError(
            f"Pull request {pull.number} has {pull.commits} commits, and GitHub lists {len(commits)} of them: "
            f"nobody knows who wrote the others.",
            hint="Use signed approvals: rollback-gov permit approve",
        )
    those = wrote(commits)
    return replace(those, authors=those.authors | _login(pull.user))


def wrote(commits: Iterable[Commit]) -> Excluded:
    """Give who wrote and who committed something, by login where GitHub knows it, by name and by address."""
    those = tuple(commits)
    authors = with_logins(name for commit in those for name in _authors(commit))
    committers = with_logins(name for commit in those for name in _identity(commit.committer, commit.commit.committer))
    return Excluded(authors=authors, committers=committers)


def _authors(commit: Commit) -> Iterator[str]:
    yield from _identity(commit.author, commit.commit.author)
    yield from co_authors(commit.commit.message or "")


def _identity(user: NamedUser | None, identity: Any) -> Iterator[str]:
    """Give the login, where GitHub knows whose address it is, and the name and the address as git has them."""
    yield from _login(user)
    yield from filter(None, (identity.name, identity.email) if identity else ())


def _login(user: NamedUser | None) -> frozenset[str]:
    return frozenset({user.login}) if user and user.login else frozenset()


def _files(pull: PullRequest) -> Iterator[str]:
    """Give the names of the files that it changes, before and after."""
    for file in islice(pull.get_files(), MOST_FILES):
        yield from filter(None, (file.filename, file.previous_filename))
