"""What is asked before a watch runs something: each gate in its order, with its outcome."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from rollback_gov.commands.target import Target
from rollback_gov.execution.context import Context
from rollback_gov.execution.live_version import live_version
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.triggers.decision import Conduct, Decision
from rollback_gov.triggers.gates import (
    ARMED,
    BASELINE,
    LIVE_VERSION,
    MODE,
    POINT_OF_NO_RETURN,
    REHEARSAL,
    SAFETY,
    Gate,
    Outcome,
    baseline_gate,
)
from rollback_gov.triggers.lease import Lease, Leases, Unreachable
from rollback_gov.triggers.tick import Rules, Tick

DISARMED = "disarmed"
"""The lease of whoever switched automatic rollbacks off."""
_REHEARSED_FROM = 2
"""Level 1 is advice."""


@dataclass(slots=True, kw_only=True)
class Gates:
    """Asks the gates of one watch."""

    target: Target
    context: Context
    rules: Rules
    leases: Leases
    _known: bool = field(default=False)
    """The live version was that of this operation when the watch began."""

    def warm_up(self) -> None:
        """Look which version is live, and load what the gates need, before anybody is in a hurry."""
        self._known = self._live_version().outcome is Outcome.PASSED
        self._rehearsal()

    def __call__(self, decision: Decision, tick: Tick) -> tuple[Gate, ...]:
        """Ask. Where nothing will be run the scripts of the plan are not run either.

        A scenario on the way to a rollback is not held up by what only a rollback needs: the run asks that itself.
        """
        gates = [self._armed(), Gate(MODE, Outcome.PASSED, self.rules.mode)]
        if decision.conduct is Conduct.TELL:
            return tuple(gates)
        asked: Mapping[str, Callable[[], Gate]] = {
            POINT_OF_NO_RETURN: self._point_of_no_return,
            SAFETY: self._safety,
            REHEARSAL: self._rehearsal,
            BASELINE: lambda: baseline_gate(decision, tick, self.rules),
            LIVE_VERSION: self._live_version,
        }
        for name, ask in asked.items():
            if decision.action == "rollback" or name in (SAFETY, LIVE_VERSION):
                gates.append(ask())
        return tuple(gates)

    def _armed(self) -> Gate:
        try:
            holder = Lease(self.leases, DISARMED).holder()
        except Unreachable as error:
            return Gate(ARMED, Outcome.UNKNOWN, str(error))
        if holder is None:
            return Gate(ARMED, Outcome.PASSED)
        return Gate(ARMED, Outcome.FAILED, f"{holder.by} switched it off at {holder.at}: {holder.reason}")

    def _point_of_no_return(self) -> Gate:
        from rollback_gov.execution.point_of_no_return import look

        point = self.context.plan.point_of_no_return
        if point is None or point.none:
            return Gate(POINT_OF_NO_RETURN, Outcome.ABSENT)
        passed, detail = look(self.context, point)
        if passed == "unknown":
            return Gate(POINT_OF_NO_RETURN, Outcome.UNKNOWN, detail or "a person has to say")
        if passed == "yes" and not point.forward_fix:
            why = f"it is passed ({detail or point.description}) and the plan has no forward fix"
            return Gate(POINT_OF_NO_RETURN, Outcome.FAILED, why)
        told = "it is passed, the forward fix runs" if passed == "yes" else ""
        return Gate(POINT_OF_NO_RETURN, Outcome.PASSED, told)

    def _safety(self) -> Gate:
        from rollback_gov.commands.preflight import unsafe
        from rollback_gov.execution.outcome import Verdict

        if not self.context.plan.safety_checks:
            return Gate(SAFETY, Outcome.ABSENT)
        bad = list(unsafe(self.context))
        if not bad:
            return Gate(SAFETY, Outcome.PASSED)
        failed = any(verdict is Verdict.FAILED for verdict, _ in bad)
        return Gate(SAFETY, Outcome.FAILED if failed else Outcome.UNKNOWN, " ".join(text for _, text in bad))

    def _rehearsal(self) -> Gate:
        """A rehearsal of exactly what would run, and fresh. What breaks in here says that nobody knows."""
        environment = self.context.environment
        level = self.context.plan.metadata.level
        if environment is None or environment.class_ != "production" or level < _REHEARSED_FROM:
            return Gate(REHEARSAL, Outcome.ABSENT)
        from rollback_gov.commands.evidence import EvidenceQuery, overview

        try:
            seen = overview(
                EvidenceQuery(
                    loaded=self.target.loaded,
                    workspace=self.target.workspace,
                    now=self.context.clock.now(),
                    environment=self.target.environment,
                )
            )
        except RollbackGovError as error:
            return Gate(REHEARSAL, Outcome.UNKNOWN, str(error))
        if seen.is_enough:
            return Gate(REHEARSAL, Outcome.PASSED, f"fresh until {seen.rehearsals[0].fresh_until}")
        why = seen.gaps[0].message if seen.gaps else "there is no rehearsal of this plan"
        return Gate(REHEARSAL, Outcome.FAILED, why)

    def _live_version(self) -> Gate:
        """Is what this operation deployed still live? Only versions that are recognised say no."""
        change = self.context.plan.change
        if change.live_version is None or not change.to:
            return Gate(LIVE_VERSION, Outcome.ABSENT)
        version = ""
        with suppress(RollbackGovError):
            version = live_version(self.context)
        if not version:
            return Gate(LIVE_VERSION, Outcome.UNKNOWN, "nobody can tell which version is live")
        shown = version.splitlines()[0][:100]
        if _names(version, change.to):
            return Gate(LIVE_VERSION, Outcome.PASSED, shown)
        if change.from_ and _names(version, change.from_):
            return Gate(LIVE_VERSION, Outcome.FAILED, f"{shown} is live: what a rollback returns to")
        if self._known:
            return Gate(LIVE_VERSION, Outcome.FAILED, f"{shown} is live: another change has come since")
        return Gate(LIVE_VERSION, Outcome.UNKNOWN, f"{shown} is live, and this operation deployed {_shown(change.to)}")


def _names(version: str, wanted: Mapping[str, str]) -> bool:
    """See that every version stands in what was printed, as a word of its own. A leading ``v`` says nothing."""
    words = {word.removeprefix("v") for word in re.split(r"[^\w.+-]+", version)}
    return all(text.removeprefix("v") in words for text in wanted.values())


def _shown(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
