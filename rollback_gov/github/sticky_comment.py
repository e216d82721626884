"""One comment under a pull request: found again by a marker, updated, and never a second one.

Two jobs at once may both find none and both write one. Whoever has written looks again, and all agree that the oldest
stays. A job that was overtaken leaves what a later one has written, as far as it can see: GitHub has no way to change a
comment only if nobody else has. That a later one has written says its marker, which whoever may write can edit: so a
job for the commit that the pull request has today is overtaken by nobody.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from rollback_gov.github.account import own_login
from rollback_gov.github.connection import explained
from rollback_gov.github.writing import Document, Writing, again
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from github import GithubException

NEEDS = "pull-requests: write"
LONGEST = 65_536
_MARKER = re.compile(r"<!-- rollback-gov feedback (\d{1,20})\.(\d{1,9}) -->\r?\n")
_ROUNDS = 5
"""How often it is looked for. Writing one takes two; each time that somebody deletes it meanwhile takes one more."""


class StickyComment(Record):
    """What it says, and in which run and attempt of a workflow it was written: later ones have higher numbers.

    ``head`` is the commit that was checked; empty where nobody knows.
    """

    text: str
    run: int = 0
    attempt: int = 0
    head: str = ""

    @property
    def marker(self) -> str:
        """The first line, which readers do not see."""
        return f"<!-- rollback-gov feedback {self.run}.{self.attempt} -->\n"

    @property
    def body(self) -> str:
        """All of it."""
        return f"{self.marker}{self.text}"


def room() -> int:
    """Give how many bytes the text of a comment may have beside its marker."""
    return LONGEST - len(StickyComment(text="", run=10**20 - 1, attempt=10**9 - 1).marker)


def publish(writing: Writing, repository: str, pull: int, comment: StickyComment, *, create: bool = True) -> str:
    """Write or update the comment; gives its address, empty where there is none and ``create`` is off.

    Raises UsageError where GitHub does not let us.
    """
    place = f"/repos/{repository}/issues"
    with explained(NEEDS):
        for _ in range(_ROUNDS):
            found = _ours(writing, f"{place}/{pull}/comments")
            if not found and not create:
                return ""
            if not found:
                _create(writing, f"{place}/{pull}/comments", comment)
                continue  # and look again: another job may have written one, too
            for extra in found[1:]:
                _delete(writing, f"{place}/comments/{extra['id']}")
            if _is_later(found[0], comment) and not _is_of_today(writing, f"/repos/{repository}/pulls/{pull}", comment):
                return str(found[0]["html_url"])
            if address := _update(writing, f"{place}/comments/{found[0]['id']}", found[0], comment):
                return address
    raise UsageError(f"The comment under pull request {pull} was deleted whenever it was written.")


def _ours(writing: Writing, place: str) -> list[Document]:
    """Give the comments with our marker, the oldest first. Anybody can write the marker, so the author counts too."""
    marked = [one for one in writing.pages(place) if _MARKER.match(one.get("body") or "")]
    who = own_login(writing) if marked else ""
    ours = (one for one in marked if _is_by(one.get("user") or {}, who))
    return sorted(ours, key=lambda one: int(one["id"]))


def _is_by(user: Document, who: str) -> bool:
    return user.get("login") == who if who else user.get("type") == "Bot"


def _is_later(there: Document, comment: StickyComment) -> bool:
    marked = _MARKER.match(there["body"])
    return marked is not None and (int(marked[1]), int(marked[2])) > (comment.run, comment.attempt)


def _is_of_today(writing: Writing, pull: str, comment: StickyComment) -> bool:
    return bool(comment.head) and writing.get(pull)["head"]["sha"] == comment.head


def _create(writing: Writing, place: str, comment: StickyComment) -> None:
    def look() -> Document | None:
        return next(iter(_ours(writing, place)), None)

    writing.send("POST", place, {"body": comment.body}, look)


def _delete(writing: Writing, place: str) -> None:
    from github import GithubException

    try:
        writing.send("DELETE", place, None, again)
    except GithubException as error:
        _unless_gone(error)


def _update(writing: Writing, place: str, there: Document, comment: StickyComment) -> str:
    """Give the comment's address; empty where it was deleted in between."""
    from github import GithubException

    try:
        if there["body"] != comment.body:
            there = writing.send("PATCH", place, {"body": comment.body}, again)
    except GithubException as error:
        _unless_gone(error)
        return ""
    return str(there["html_url"])


def _unless_gone(error: GithubException) -> None:
    if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise error
