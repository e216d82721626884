"""The incident of a run as an issue: one a run, found again by a marker in its body, and updated."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github import Github
    from github.Issue import Issue
    from github.Repository import Repository

LABEL = "rollback"
LONGEST_BODY = 65_536
_SEARCHED = 200
"""How many of the newest issues with our label are looked through for the marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueText:
    """What the issue says."""

    run: str
    title: str
    body: str

    @property
    def marker(self) -> str:
        """Tells the issue of this run from every other one; invisible to readers."""
        return f"<!-- rollback-gov run: {self.run} -->"

    @property
    def whole(self) -> str:
        """The body with its marker, within GitHub's limit."""
        room = LONGEST_BODY - len(self.marker) - 100
        body = (
            self.body
            if len(self.body) <= room
            else f"{self.body[:room]}\n\n(cut: the whole report lies in the run's folder)"
        )
        return f"{self.marker}\n{body}"


def publish(connection: Github, repository: str, text: IssueText) -> str:
    """Create the run's issue, or update the one that is there; gives its address. Raises what PyGithub raises."""
    target = connection.get_repo(repository)
    issue = _existing(target, text.marker)
    if issue is None:
        issue = target.create_issue(title=text.title, body=text.whole, labels=[LABEL])
    else:
        issue.edit(title=text.title, body=text.whole)
    return issue.html_url


def _existing(repository: Repository, marker: str) -> Issue | None:
    issues = repository.get_issues(state="all", labels=[LABEL], sort="created", direction="desc")
    return next((issue for issue in islice(issues, _SEARCHED) if marker in (issue.body or "")), None)
