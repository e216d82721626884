"""Who cannot approve a plan, and the words for why an approval does not count."""

from __future__ import annotations

from enum import StrEnum

from rollback_gov.model.record import Record
from rollback_gov.records.errors import RecordError
from rollback_gov.records.trust import folded


class Rejection(StrEnum):
    """Why an approval does not count."""

    UNREADABLE = "approval-unreadable"
    UNTRUSTED = "approval-untrusted"
    TIME = "approval-time"
    STALE = "approval-stale"
    AUTHOR = "approval-author"
    COMMITTER = "approval-committer"
    STARTER = "approval-starter"
    BOT = "approval-bot"
    PERMISSION = "approval-permission"
    ROLE = "approval-role"
    WITHDRAWN = "approval-withdrawn"


class RejectedError(RecordError):
    """An approval does not count; ``code`` says why in one word."""

    def __init__(self, code: Rejection, message: str) -> None:
        super().__init__(message)
        self.code = code


class Excluded(Record):
    """Names, logins and e-mail addresses of everybody who had a hand in a plan, or in asking for its permit."""

    authors: frozenset[str] = frozenset()
    committers: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()

    @property
    def everybody(self) -> frozenset[str]:
        """All of them."""
        return self.authors | self.committers | self.starters

    def check(self, person: str, names: frozenset[str]) -> None:
        """Raise RejectedError for a person with these names (``folded``) who cannot approve; bots never can."""
        if any(is_bot(name) for name in (person, *names)):
            raise RejectedError(Rejection.BOT, f"{person} is a bot; people approve.")
        for code, those, what in (
            (Rejection.AUTHOR, self.authors, "wrote the plan"),
            (Rejection.COMMITTER, self.committers, "committed the plan"),
            (Rejection.STARTER, self.starters, "asks for this permit"),
        ):
            if names & {folded(name) for name in those}:
                raise RejectedError(code, f"{person} {what}; somebody else approves it.")


def is_bot(name: str) -> bool:
    """Tell a machine's account by its name, as GitHub and GitLab write it: ``renovate[bot]``, ``…[bot]@users…``."""
    return folded(name).partition("@")[0].endswith("[bot]")
