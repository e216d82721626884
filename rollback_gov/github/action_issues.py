"""One issue an accepted action of a run: opened, assigned where GitHub lets the owner be, and closed once it is done.

What people write below our text stays. Whether it is open is decided by people: in the document, of which each change
is carried out once, and on GitHub, where an issue that they opened again stays open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from rollback_gov.github.framed import framed, replaced, within
from rollback_gov.github.labels import ACTION, add_labels
from rollback_gov.github.marked_issues import MarkedIssues
from rollback_gov.github.writing import Document, Writing
from rollback_gov.model.record import Record

NEEDS = "issues: write"
LONGEST_TITLE = 256
_TOLD = re.compile(r"<!-- told: (?P<state>\w+) (?P<login>[\w-]+) -->")
_REASONS = {"done": "completed", "dropped": "not_planned"}
"""State of an action that is over -> why GitHub shows its issue as closed."""


class ActionText(Record):
    """What an issue says of an action. ``key`` tells it from the run's others; ``login`` may be nobody's, or empty."""

    run: str
    key: str
    title: str
    body: str
    state: str
    login: str = ""

    @property
    def marker(self) -> str:
        """The line by which its issue is found."""
        return f"{_beginning(self.run)}{self.key} -->"

    @property
    def text(self) -> str:
        """What stands behind the marker: what we told last, which readers do not see, and the text."""
        return f"<!-- told: {self.state} {self.login or '-'} -->\n{self.body}"


class ActionIssue(Record):
    """The issue of the action ``key``; ``is_open`` as GitHub says."""

    key: str
    number: int
    address: str
    is_open: bool


class ActionIssues:
    """The issues of a run's accepted actions in a repository (``owner/name``). Raises what PyGithub raises."""

    def __init__(self, writing: Writing, repository: str) -> None:
        self._writing, self._repository = writing, repository
        self._issues = MarkedIssues(writing, repository, ACTION)
        self._may_own = lru_cache(self._asked)

    def publish(self, action: ActionText) -> ActionIssue | None:
        """Open the action's issue, or bring it up to date. None for one that was over before it had any."""
        if action.state in _REASONS and not self._issues.has(action.marker):
            return None
        owner = {"assignees": [action.login]} if self._may_own(action.login) else {}
        said = {"title": action.title[:LONGEST_TITLE], "body": framed(action.marker, action.text)}
        issue = self._issues.one(action.marker, said | owner)
        issue = self._issues.change(issue, self._news(issue, action, owner))
        add_labels(self._writing, self._repository, issue, (ACTION,))
        return _shown(action.key, issue)

    def others(self, run: str, keys: Iterable[str]) -> Iterator[ActionIssue]:
        """Give the open issues of actions that the run does not have any more."""
        known, beginning = set(keys), _beginning(run)
        for line, issue in self._issues.marked(beginning):
            key = line.removeprefix(beginning).removesuffix(" -->")
            if key not in known and issue["state"] == "open":
                yield _shown(key, issue)

    def _news(self, issue: Document, action: ActionText, owner: dict[str, Any]) -> dict[str, Any]:
        """Say what is to be changed: what the document says otherwise than when it was told last."""
        said = within(issue["body"] or "", action.marker)
        told = _TOLD.match(said or "")
        if said is None or told is None:
            return {}
        news: dict[str, Any] = {}
        if said != action.text:
            news["body"] = replaced(issue["body"], action.marker, action.text)
        if action.state in _REASONS and told["state"] not in _REASONS and issue["state"] == "open":
            news |= {"state": "closed", "state_reason": _REASONS[action.state]}
        return news | (owner if told["login"] != action.login else {})

    def _asked(self, login: str) -> bool:
        """Ask whether somebody can be made responsible for an issue here."""
        return bool(login) and self._writing.has(f"/repos/{self._repository}/assignees/{quote(login)}")


def _beginning(run: str) -> str:
    return f"<!-- rollback-gov action: {run} "


def _shown(key: str, issue: Document) -> ActionIssue:
    return ActionIssue(key=key, number=issue["number"], address=issue["html_url"], is_open=issue["state"] == "open")
