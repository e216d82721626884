"""The pull request of a branch of ours: one is open at a time, which GitHub itself sees to."""

from __future__ import annotations

from http import HTTPStatus

from rollback_gov.github.framed import framed, replaced
from rollback_gov.github.writing import Document, Writing, again
from rollback_gov.model.record import Record

NEEDS = "pull-requests: write"


class PullText(Record):
    """What it says. Title and body belong to people from then on, but for our text in the body, behind ``marker``."""

    title: str
    marker: str
    text: str


class BranchPull:
    """The pull requests of ``branch`` in a repository (``owner/name``). Raises what PyGithub raises."""

    def __init__(self, writing: Writing, repository: str, branch: str) -> None:
        self._writing, self._repository, self._branch = writing, repository, branch
        self._place = f"/repos/{repository}/pulls"

    def find(self) -> Document | None:
        """Give the open one, else the one that was merged, else the latest that was closed."""
        owner = self._repository.partition("/")[0]
        listed = self._writing.pages(self._place, head=f"{owner}:{self._branch}", state="all")
        ours = [one for one in listed if self._is_ours(one)]
        return max(ours, key=lambda one: (one["state"] == "open", is_merged(one), one["number"]), default=None)

    def open(self, base: str, said: PullText) -> Document:
        """Open it upon the branch ``base``, unless somebody has opened it at this moment."""
        from github import GithubException

        body = {"title": said.title, "head": self._branch, "base": base, "body": framed(said.marker, said.text)}
        try:
            return self._writing.send("POST", self._place, body, self._opened)
        except GithubException as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or (there := self._opened()) is None:
                raise
            return there

    def say(self, pull: Document, said: PullText) -> None:
        """Change our text in its body, where it is another by now."""
        body = pull["body"] or ""
        new = replaced(body, said.marker, said.text)
        if new != body.replace("\r\n", "\n"):
            self._writing.send("PATCH", f"{self._place}/{pull['number']}", {"body": new}, again)

    def _opened(self) -> Document | None:
        found = self.find()
        return found if found and found["state"] == "open" else None

    def _is_ours(self, one: Document) -> bool:
        """GitHub passes over a filter that it does not understand; a branch of a fork may have the same name."""
        head = one["head"]
        whole = (head.get("repo") or {}).get("full_name", "")
        return bool(head["ref"] == self._branch and whole.casefold() == self._repository.casefold())


def is_merged(pull: Document) -> bool:
    """Tell whether it was merged."""
    return bool(pull.get("merged_at"))
