"""What a rule is: a code that never changes its meaning, a page, and a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.record import Record
from rollback_gov.policy.subject import Subject

Judgement = Callable[[Subject], Iterator[Finding]]


class Page(Record):
    """What people read about a rule: Markdown sentences, and a bad and a good piece of a plan."""

    what: str
    why: str
    bad: str
    good: str


class Rule(Record):
    """One rule. ``judge`` is None for what the loader reports by itself."""

    code: str
    title: str
    page: Page
    severity: Severity = Severity.ERROR
    from_level: int = 1
    """The level from which it is in force with its severity."""
    warn_from: int = 0
    """A lower level from which it is a warning already; 0 for none."""
    per_level: bool = False
    """What it finds depends on the level's numbers."""
    waivable: bool = True
    """Whether a waiver can accept its findings; what is about integrity cannot be accepted."""
    judge: Judgement | None = None

    @property
    def about_evidence(self) -> bool:
        """Evidence rules weigh what the policy says, and are errors for a permit."""
        return self.code.startswith("RG4")

    def severity_at(self, level: int) -> Severity | None:
        """Give its weight at a level, or None where it is not in force."""
        if level >= self.from_level:
            return self.severity
        return Severity.WARNING if 0 < self.warn_from <= level else None


def rule(
    code: str,
    title: str,
    *,
    page: Page,
    severity: Severity = Severity.ERROR,
    from_level: int = 1,
    warn_from: int = 0,
    per_level: bool = False,
    waivable: bool = True,
) -> Callable[[Judgement], Rule]:
    """Turn the function below into the rule's judgement; the module's name for it is then the rule."""

    def make(judge: Judgement) -> Rule:
        return Rule(
            code=code,
            title=title,
            page=page,
            severity=severity,
            from_level=from_level,
            warn_from=warn_from,
            per_level=per_level,
            waivable=waivable,
            judge=judge,
        )

    return make
