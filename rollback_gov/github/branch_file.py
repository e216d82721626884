"""One file on a branch of ours, written through the API and only where nobody else has written it since."""

from __future__ import annotations

from base64 import b64decode, b64encode
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rollback_gov.github.writing import Document, Writing
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from github import GithubException

NEEDS = "contents: write"
_TRAILER = "Written-by: rollback-gov"
"""The last line of the messages of our commits."""
_MOST_VERSIONS = 30
"""Of others, that are read."""


class Content(Record):
    """A file as a branch has it; ``sha`` is git's name of that content."""

    text: str
    sha: str


class Versions(Record):
    """What we have written last (empty: nothing that is known), and what others have made of it since, newest first."""

    ours: str = ""
    since: tuple[str, ...] = ()


class BranchFile:
    """The file ``path`` on ``branch``. What GitHub refuses comes out as PyGithub raises it."""

    def __init__(self, writing: Writing, repository: str, branch: str, path: str) -> None:
        self.branch, self.path = branch, path
        self._writing, self._place = writing, f"/repos/{repository}"

    def tip(self, branch: str = "") -> str:
        """Give the commit of our branch, or of another; empty where there is no such branch."""
        found = self._found(f"{self._place}/git/ref/heads/{quote(branch or self.branch)}")
        return str(found["object"]["sha"]) if found else ""

    def begin(self, base: str) -> None:
        """Make the branch where the branch ``base`` is, unless somebody has made it at this moment."""
        from github import GithubException

        def look() -> Document | None:
            return {"ref": self.branch} if self.tip() else None

        body = {"ref": f"refs/heads/{self.branch}", "sha": self.tip(base)}
        try:
            self._writing.send("POST", f"{self._place}/git/refs", body, look, proof="ref")
        except GithubException as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or not self.tip():
                raise

    def read(self, ref: str = "") -> Content | None:
        """Give the file as our branch has it, or another branch or commit; None where that has none.

        Raises UsageError for one that is too large to be read, or no text.
        """
        found = self._found(f"{self._place}/contents/{quote(self.path)}", ref=ref or self.branch)
        if found is None:
            return None
        try:
            if found["encoding"] != "base64":
                raise ValueError
            text = b64decode(found["content"]).decode("utf-8")
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"{self.path} on {ref or self.branch} is no text that can be read through GitHub's API.",
                hint="Take it away there, or mend it.",
            ) from error
        return Content(text=text, sha=found["sha"])

    def versions(self) -> Versions:
        """Give the file as we have written it last, and what others have made of it since."""
        since: list[str] = []
        for commit in self._writing.pages(f"{self._place}/commits", sha=self.branch, path=self.path):
            is_ours = str(commit["commit"]["message"]).rstrip().endswith(f"\n{_TRAILER}")
            if not is_ours and len(since) >= _MOST_VERSIONS:
                continue
            text = there.text if (there := self.read(commit["sha"])) else ""
            if is_ours:
                return Versions(ours=text, since=tuple(since))
            since.append(text)
        return Versions(since=tuple(since))

    def write(self, text: str, *, before: Content | None, message: str) -> bool:
        """Write the file upon what was read ``before``; False where somebody has written it since."""
        from github import GithubException

        def look() -> Document | None:
            there = self.read()
            return {"commit": {}} if there and there.text == text else None

        body: dict[str, Any] = {
            "message": f"{message}\n\n{_TRAILER}",
            "content": b64encode(text.encode("utf-8", "replace")).decode("ascii"),
            "branch": self.branch,
        }
        body |= {"sha": before.sha} if before else {}
        try:
            self._writing.send("PUT", f"{self._place}/contents/{quote(self.path)}", body, look, proof="commit")
        except GithubException as error:
            if not _came_too_late(error):
                raise
            return False
        return True

    def _found(self, path: str, **query: str) -> Document | None:
        from github import GithubException

        try:
            return self._writing.get(path, **query)
        except GithubException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None


def _came_too_late(error: GithubException) -> bool:
    """Tell that the file or the branch is another by now, or is there by now.

    GitHub says so in words only: with the same status a rule of the repository refuses the write.
    """
    said = str(error.data.get("message", "")) if isinstance(error.data, dict) else ""
    unnamed = error.status == HTTPStatus.UNPROCESSABLE_ENTITY and '"sha"' in said
    other = error.status == HTTPStatus.CONFLICT and any(words in said for words in ("does not match", "but expected"))
    return unnamed or other
