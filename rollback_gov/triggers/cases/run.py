"""Running a case through the machines of a watch, and comparing what comes with what was expected."""

from __future__ import annotations

from dataclasses import dataclass, field

from rollback_gov.model.finding import Place
from rollback_gov.model.plan import Plan
from rollback_gov.triggers.cases.compare import Look, Mismatch
from rollback_gov.triggers.cases.feed import Feed
from rollback_gov.triggers.cases.load import LoadedCase
from rollback_gov.triggers.cases.shown import Shown
from rollback_gov.triggers.simulation import simulate, since_begin
from rollback_gov.triggers.tick import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of a case. ``fired``, ``quiet`` and ``decided`` are what its expectations have shown to be true.

    ``decided`` are rows that were decided, ``passed_over`` rows that could have been decided and were not.
    """

    name: str
    place: Place
    mismatches: tuple[Mismatch, ...] = ()
    ticks: int = 0
    fired: frozenset[str] = field(default_factory=frozenset)
    quiet: frozenset[str] = field(default_factory=frozenset)
    decided: frozenset[int] = field(default_factory=frozenset)
    passed_over: frozenset[int] = field(default_factory=frozenset)


def run_case(loaded: LoadedCase, plan: Plan) -> CaseResult:
    """Run a case. Each expectation is compared with the last tick up to its time."""
    case = loaded.case
    rules = Rules.of(plan, mode=case.mode, baseline=case.baseline)
    feed = Feed(loaded, (case.interval or plan.watch.every).milliseconds)
    until = max(expectation.at.milliseconds for expectation in case.expect)
    ticks = list(simulate(rules, feed.read, until))
    mismatches: list[Mismatch] = []
    shown = Shown(loaded, plan)
    for expectation, place in zip(case.expect, loaded.expected_at, strict=True):
        before = [tick for tick in ticks if since_begin(tick.at) <= expectation.at.milliseconds]
        wrong = [*Look(expectation, place, before, rules).mismatches()]
        mismatches += wrong
        if not wrong:
            shown.learn(expectation, before[-1])
    return CaseResult(
        name=case.name,
        place=loaded.place,
        mismatches=tuple(mismatches),
        ticks=len(ticks),
        fired=frozenset(shown.fired),
        quiet=frozenset(shown.quiet),
        decided=frozenset(shown.decided),
        passed_over=frozenset(shown.passed_over),
    )
