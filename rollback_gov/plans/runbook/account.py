"""What an import took and what it did not, in numbers and in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollback_gov.model.record import Record
from rollback_gov.plans.runbook.draft import Draft
from rollback_gov.plans.runbook.taking import Gap


class Account(Record):
    """The numbers of one draft. ``not_understood`` are runs of lines from 1, each with its first and last."""

    title: str
    phases: int
    steps: int
    manual: int
    triggers: int
    scenarios: int
    checks: int
    gaps: tuple[Gap, ...]
    placeholders: tuple[str, ...]
    windows: tuple[str, ...]
    encoding: str
    lines_not_understood: int
    not_understood: tuple[tuple[int, int], ...]
    found: dict[str, int]
    """How many there were of what the plan does not keep apart: rows of matrices, success criteria, messages, …"""
    rehearsals: tuple[str, ...]
    """What the runbook says is tried before: a person puts it into ``rehearsal``."""

    @property
    def sentence(self) -> str:
        """Give "8 phases, 20 steps, 3 of them manual, 11 triggers, 14 gaps, 37 lines not understood"."""
        parts = [
            _count(self.phases, "phase"),
            f"{_count(self.steps, 'step')}, {self.manual or 'none'} of them manual",
            _count(self.triggers, "trigger"),
            _count(len(self.gaps), "gap"),
            f"{_count(self.lines_not_understood, 'line')} not understood",
        ]
        return ", ".join(parts)


def account_of(draft: Draft) -> Account:
    """Count what a draft has."""
    taking, plan = draft.taking, draft.taking.plan
    steps = [step for phase in plan["phases"] for step in _steps(phase)]
    verification = plan.get("verification", {})
    return Account(
        title=draft.title,
        phases=len(plan["phases"]),
        steps=len(steps),
        manual=sum("manual" in step for step in steps),
        triggers=len(plan.get("triggers", ())),
        scenarios=len(plan.get("scenarios", ())),
        checks=len(verification.get("checks", ())) + len(verification.get("manual", ())),
        gaps=tuple(taking.gaps),
        placeholders=tuple(taking.placeholders),
        windows=tuple(taking.windows),
        encoding=taking.encoding,
        lines_not_understood=len(draft.not_understood),
        not_understood=tuple(_runs(draft.not_understood)),
        found={name: count for name, count in sorted(taking.counts.items()) if count},
        rehearsals=tuple(taking.rehearsals),
    )


def _steps(phase: dict[str, list[dict[str, object]]]) -> Iterator[dict[str, object]]:
    yield from phase.get("steps", ())
    for way in phase.get("alternatives", ()):
        listed = way["steps"]
        if isinstance(listed, list):
            yield from listed


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _runs(lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Join lines that follow one another; they count from 1 here."""
    first = last = -1
    for line in lines:
        if line != last + 1 and first >= 0:
            yield first + 1, last + 1
            first = line
        first = line if first < 0 else first
        last = line
    if first >= 0:
        yield first + 1, last + 1
