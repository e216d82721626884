"""The incident of a run as an issue: one a run, found again by a marker in its body, and updated.

Whether it is open or closed only people decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from rollback_gov.github.labels import ROLLBACK, add_labels
from rollback_gov.github.marked_issues import MarkedIssues
from rollback_gov.github.writing import Writing
from rollback_gov.model.cut import cut_at_line

NEEDS = "issues: write"
LONGEST_BODY = 65_536
LONGEST_TITLE = 256
_CUT = "\n\n(cut here, at the end of a line: an issue holds no more. The whole report lies in the run's folder)\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueText:
    """What the issue says, and the labels that it has beside ``rollback``: keys of ``labels.COLOURS``."""

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


def publish(writing: Writing, repository: str, text: IssueText) -> str:
    """Create the run's issue, or update the one that is there; gives its address. Raises what PyGithub raises.

    What has not changed is not written again, and no issue is made twice: after an answer that got lost, it looks.
    """
    from github import GithubException

    issues = MarkedIssues(writing, repository, ROLLBACK)
    said = {"title": text.title[:LONGEST_TITLE], "body": text.whole}
    issue = issues.one(text.marker, said)
    try:
        issue = issues.change(issue, said)
    except GithubException as error:
        if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise
        others = MarkedIssues(writing, repository, ROLLBACK, gone=(issue["number"],))  # it was deleted in between
        issue = others.change(others.one(text.marker, said), said)
    add_labels(writing, repository, issue, (ROLLBACK, *text.labels))
    return str(issue["html_url"])
