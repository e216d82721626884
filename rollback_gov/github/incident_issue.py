"""The incident of a run as an issue: one a run, found again by a marker in its body, and updated.

Whether it is open or closed only people decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain, islice
from typing import TYPE_CHECKING

from rollback_gov.github.writing import Document, Writing, again
from rollback_gov.model.cut import cut_at_line

if TYPE_CHECKING:
    from github import Github
    from github.Repository import Repository

LABEL = "rollback"
COLOURS = {
    LABEL: "5319e7",
    "severity: critical": "b60205",
    "severity: high": "d93f0b",
    "severity: medium": "fbca04",
    "severity: low": "c2e0c6",
    "sla: breached": "b60205",
}
"""Our labels, each with its colour where the repository does not have it yet."""
LONGEST_BODY = 65_536
LONGEST_TITLE = 256
_CUT = "\n\n(cut here, at the end of a line: an issue holds no more. The whole report lies in the run's folder)\n"
_SEARCHED = 200
"""How many of the newest issues with our label are looked through for the marker."""
_SEARCHED_ANYWHERE = 100
"""How many of the newest issues without it: GitHub drops labels without a word where the token may not set them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueText:
    """What the issue says, and the labels that it has beside ``rollback``: keys of ``COLOURS``."""

    run: str
    title: str
    body: str
    labels: tuple[str, ...] = ()

    @property
    def marker(self) -> str:
        """Tells the issue of this run from every other one; invisible to readers."""
        return f"<!-- rollback-gov run: {self.run} -->"

    @property
    def whole(self) -> str:
        """The body with its marker, within GitHub's limit."""
        return cut_at_line(f"{self.marker}\n{self.body}", LONGEST_BODY, _CUT)


def publish(connection: Github, repository: str, text: IssueText) -> str:
    """Create the run's issue, or update the one that is there; gives its address. Raises what PyGithub raises.

    What has not changed is not written again, and no issue is made twice: after an answer that got lost, it looks.
    """
    target, writing = connection.get_repo(repository), Writing(connection)
    place, said = f"{target.url}/issues", {"title": text.title[:LONGEST_TITLE], "body": text.whole}

    def look() -> Document | None:
        return _existing(writing, place, text.marker)

    issue = look() or writing.send("POST", place, {**said, "labels": [LABEL]}, look)
    if any(issue[name] != value for name, value in said.items()):
        issue = writing.send("PATCH", f"{place}/{issue['number']}", said, again)
    _label(target, issue, (LABEL, *text.labels))
    return str(issue["html_url"])


def _existing(writing: Writing, place: str, marker: str) -> Document | None:
    newest = {"state": "all", "sort": "created", "direction": "desc"}
    labelled = islice(writing.pages(place, labels=LABEL, **newest), _SEARCHED)
    anywhere = islice(writing.pages(place, **newest), _SEARCHED_ANYWHERE)
    return next((issue for issue in chain(labelled, anywhere) if marker in (issue["body"] or "")), None)


def _label(repository: Repository, issue: Document, wanted: Iterable[str]) -> None:
    """Add what labels are missing; where the token may not, the issue does without."""
    from github import GithubException

    there = {label["name"].casefold() for label in issue["labels"]}
    missing = [name for name in wanted if name.casefold() not in there]
    if not missing:
        return
    try:
        for name in missing:
            _have(repository, name)
        # PyGithub sends a bare list, which GitHub's description of its API does not know
        place = f"{repository.url}/issues/{issue['number']}/labels"
        repository.requester.requestJsonAndCheck("POST", place, input={"labels": missing})
    except GithubException as error:
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise


def _have(repository: Repository, name: str) -> None:
    """Make a label in its colour, unless the repository has one of that name, or somebody makes it at this moment."""
    from github import GithubException

    try:
        repository.get_label(name).color  # noqa: B018 - only then is it asked for
        return
    except GithubException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
    try:
        repository.create_label(name, COLOURS[name])
    except GithubException as error:
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise
