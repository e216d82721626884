"""Our labels: made in their colours where a repository does not have them, and added to its issues."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from rollback_gov.github.writing import Document, Writing, again

if TYPE_CHECKING:
    from github import GithubException

ROLLBACK, ACTION = "rollback", "rollback action"
COLOURS = {
    ROLLBACK: "5319e7",
    ACTION: "1d76db",
    "severity: critical": "b60205",
    "severity: high": "d93f0b",
    "severity: medium": "fbca04",
    "severity: low": "c2e0c6",
    "sla: breached": "b60205",
}
"""Each with the colour that it gets where the repository does not have it yet."""


def add_labels(writing: Writing, repository: str, issue: Document, wanted: Iterable[str]) -> None:
    """Add what labels an issue lacks; where the token may not, the issue does without. Those of people stay."""
    from github import GithubException

    there = {label["name"].casefold() for label in issue["labels"]}
    missing = [name for name in wanted if name.casefold() not in there]
    if not missing:
        return
    try:
        for name in missing:
            _have(writing, repository, name)
        place = f"/repos/{repository}/issues/{issue['number']}/labels"
        writing.send("POST", place, {"labels": missing}, again)
    except GithubException as error:
        _unless_not_ours_to_do(error)


def _have(writing: Writing, repository: str, name: str) -> None:
    """Make a label in its colour, unless the repository has one of that name, or somebody makes it at this moment."""
    from github import GithubException

    place = f"/repos/{repository}/labels"
    try:
        writing.get(f"{place}/{quote(name)}")
        return
    except GithubException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
    try:
        writing.send("POST", place, {"name": name, "color": COLOURS[name]}, again)
    except GithubException as error:
        _unless_not_ours_to_do(error)


def _unless_not_ours_to_do(error: GithubException) -> None:
    if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise error
