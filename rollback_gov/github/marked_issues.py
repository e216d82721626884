"""Issues of ours: one for each marker, found again by it, whoever writes them how often and at once with whom.

GitHub cannot open an issue only where there is none. Two jobs at once may both find none and both open one: whoever has
opened one looks again, and all agree that the oldest stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import chain, islice
from typing import Any

from rollback_gov.github.account import own_login
from rollback_gov.github.writing import Document, Writing, again

_SEARCHED = 1_000
"""How many of the newest issues with the label are looked through: a report may be written again years later."""
_SEARCHED_ANYWHERE = 100
"""How many of the newest issues without it: GitHub drops labels without a word where the token may not set them."""
_MARKER = "<!-- rollback-gov "
_TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""What an author is to the repository. Anybody else can write a marker into an issue, too."""


class MarkedIssues:
    """The issues of a repository (``owner/name``) with one label.

    ``gone`` are numbers of issues that are deleted: GitHub's list may still have them.
    """

    def __init__(self, writing: Writing, repository: str, label: str, *, gone: Collection[int] = ()) -> None:
        self._writing, self._label, self._gone = writing, label, gone
        self._place = f"/repos/{repository}/issues"
        self._known: list[Document] | None = None

    def one(self, marker: str, said: Mapping[str, Any]) -> Document:
        """Give the one issue whose body has the line ``marker``; it is opened with ``said`` where there is none.

        Raises what PyGithub raises. Where there are several, the others are closed and lose their marker.
        """
        there = self._of(marker)
        if not there:
            body = {**said, "labels": [self._label]}
            made = self._writing.send("POST", self._place, body, lambda: self._anew(marker))
            there = (self._anew(marker) and self._of(marker)) or [made]
        first, *others = there
        for other in others:
            self._give_up(other, first)
        return first

    def has(self, marker: str) -> bool:
        """Tell whether there is one already."""
        return bool(self._of(marker))

    def change(self, issue: Document, changes: Mapping[str, Any]) -> Document:
        """Change what is not so yet; gives the issue as it is then."""
        different = {name: value for name, value in changes.items() if issue.get(name) != value}
        if not different:
            return issue
        return self._writing.send("PATCH", f"{self._place}/{issue['number']}", different, again)

    def marked(self, beginning: str) -> Iterator[tuple[str, Document]]:
        """Give what markers there are that begin so, each with its issue."""
        for issue in self._all():
            yield from ((line, issue) for line in lines(issue) if line.startswith(beginning))

    def _anew(self, marker: str) -> Document | None:
        self._known = None
        return next(iter(self._of(marker)), None)

    def _of(self, marker: str) -> list[Document]:
        return sorted((one for one in self._all() if marker in lines(one)), key=lambda one: int(one["number"]))

    def _all(self) -> list[Document]:
        if self._known is None:
            newest = {"state": "all", "sort": "created", "direction": "desc"}
            labelled = islice(self._writing.pages(self._place, labels=self._label, **newest), _SEARCHED)
            anywhere = islice(self._writing.pages(self._place, **newest), _SEARCHED_ANYWHERE)
            found = {one["number"]: one for one in chain(labelled, anywhere)}
            self._known = [one for one in found.values() if self._is_ours(one)]
        return self._known

    def _is_ours(self, issue: Document) -> bool:
        """Tell a marked issue that a job, somebody of the team or we have opened. GitHub lists pull requests, too."""
        if (
            "pull_request" in issue
            or issue["number"] in self._gone
            or not any(line.startswith(_MARKER) for line in lines(issue))
        ):
            return False
        author = issue.get("user") or {}
        by_team = author.get("type") == "Bot" or issue.get("author_association") in _TRUSTED
        return by_team or author.get("login") == self._own_login

    @cached_property
    def _own_login(self) -> str:
        return own_login(self._writing)

    def _give_up(self, other: Document, first: Document) -> None:
        where = f"[#{first['number']}]({first['html_url']})"
        body = f"Opened at the same time as {where}, which says the same and stays."
        self.change(other, {"body": body, "state": "closed", "state_reason": "not_planned"})


def lines(issue: Document) -> list[str]:
    """Give the lines of an issue's body, as GitHub ends them: other signs that end a line somewhere are text here."""
    return (issue["body"] or "").replace("\r\n", "\n").split("\n")
