"""What is wrong with a document, before any rule of a level is asked (codes RG0xx)."""

from __future__ import annotations

from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.finding import Finding, Fix, Place, Severity
from rollback_gov.model.record import Record


class DocumentError(RollbackGovError):
    """A document cannot be read at all. Raised with the code, the place and the next thing to do."""

    def __init__(self, code: str, message: str, place: Place, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.place = place

    @property
    def finding(self) -> Finding:
        """The same as a finding, for whoever collects them."""
        return Finding(code=self.code, severity=Severity.ERROR, message=str(self), place=self.place, hint=self.hint)


class Problem(Record):
    """A violation inside a readable document: where (keys and indexes from the root), what, and what to do next."""

    code: str
    message: str
    path: tuple[str | int, ...]
    hint: str = ""
    at_key: bool = False
    """The key itself is meant, not its value."""
    fix: Fix | None = None


def shorten(value: object) -> str:
    """Cut a value from a document to what fits into a message, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
