"""What a validation found: file by file, so that ten thousand plans need no more memory than one, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import date

from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Place, Severity
from rollback_gov.model.record import Record

WEIGHTS = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)
"""Severities, the heaviest first."""


class CheckedFile(Record):
    """One file with what was found in it, and in scripts that it uses.

    ``lines`` holds those source lines at which a finding stands, by file and number.
    """

    file: str
    findings: tuple[Finding, ...] = ()
    lines: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def line(self, finding: Finding) -> str:
        """Give the source line at which a finding stands; empty where it is not known."""
        return self.lines.get((finding.place.file, finding.place.line), "")

    def where(self, finding: Finding) -> str:
        """Say at which line a finding stands, and in which file where that is another one than this."""
        place = finding.place
        return f"line {place.line}" if place.file == self.file else f"{place.file} line {place.line}"


class CheckedPlan(CheckedFile):
    """One plan. ``required`` and ``achieved`` are levels; both are 0 for a document that cannot be used as a plan."""

    operation: str = ""
    required: int = 0
    achieved: int = 0
    between: tuple[str, ...] = ()
    waiver_longest: Duration | None = None
    """How long the required level lets a waiver live."""
    repeated: tuple[Finding, ...] = ()
    """What other steps bring to light at the same place: it is said once, and a waiver is needed for each step."""

    @property
    def usable(self) -> bool:
        """Whether the document is a plan at all, so that levels mean something."""
        return self.required > 0


class Summary(Record):
    """All files together. Findings that are waived count as ``waived`` only."""

    plans: int = 0
    counts: Mapping[Severity, int] = field(default_factory=dict)
    waived: int = 0
    debt: int = 0
    """How many of the waived findings were there when rules were adopted and are still to be paid off."""
    oldest_debt: int = 0
    """For how many days the oldest of them has been known."""
    failing: int = 0
    unchanged: int = 0
    """How many plans were left out because nothing of them has changed."""
    settings: tuple[CheckedFile, ...] = ()
    """The files under ``.rollback-gov`` about which something is to be said."""
    searched: tuple[str, ...] = ()
    """Patterns under which plans were looked for; empty where paths were given."""
    remarks: tuple[str, ...] = ()
    """What is to be known of the check itself, one sentence each."""

    @property
    def exit_code(self) -> ExitCode:
        """What the process ends with."""
        if self.failing:
            return ExitCode.FINDINGS
        return ExitCode.PASSED if self.plans or self.unchanged else ExitCode.NOTHING_TO_CHECK

    @property
    def findings(self) -> int:
        """How many findings there are, waived ones among them."""
        return sum(self.counts.values()) + self.waived

    def count(self, severity: Severity) -> int:
        """Count the findings of one weight that are not waived."""
        return self.counts.get(severity, 0)


class Tally:
    """Adds files up, one after the other."""

    def __init__(self, *, fail_on: Severity, today: date) -> None:
        self._fail_on, self._today = fail_on, today
        self._counts: Counter[Severity] = Counter()
        self._plans = self._waived = self._debt = self._oldest = self._failing = 0

    def add_plan(self, plan: CheckedPlan) -> None:
        """Count one plan with its findings."""
        self._plans += 1
        self._add(plan.findings)

    def summary(
        self, settings: tuple[CheckedFile, ...] = (), *, searched: tuple[str, ...] = (), remarks: tuple[str, ...] = ()
    ) -> Summary:
        """Give the sum, with what is said about the files under ``.rollback-gov``."""
        for each in settings:
            self._add(each.findings)
        return Summary(
            plans=self._plans,
            counts=dict(self._counts),
            waived=self._waived,
            debt=self._debt,
            oldest_debt=self._oldest,
            failing=self._failing,
            settings=settings,
            searched=searched,
            remarks=remarks,
        )

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding.waived is None:
                self._counts[finding.severity] += 1
                self._failing += fails(finding, self._fail_on)
            else:
                self._waived += 1
                if finding.waived.debt:
                    self._debt += 1
                    known = (self._today - date.fromisoformat(finding.waived.created)).days
                    self._oldest = max(self._oldest, known)


def fails(finding: Finding, fail_on: Severity) -> bool:
    """Tell whether this finding makes the validation fail."""
    return finding.waived is None and WEIGHTS.index(finding.severity) <= WEIGHTS.index(fail_on)


def only_failing(findings: Iterable[Finding], fail_on: Severity) -> tuple[Finding, ...]:
    """Leave out what does not make it fail."""
    return tuple(finding for finding in findings if fails(finding, fail_on))


def by_line(findings: Iterable[Finding], line: Callable[[Place], str]) -> dict[tuple[str, int], str]:
    """Keep the lines at which findings stand, so that the rest of the text can be forgotten."""
    places = (finding.place for finding in findings)
    return {(place.file, place.line): line(place) for place in places}
