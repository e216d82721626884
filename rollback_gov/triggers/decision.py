"""From triggers that fired to one decision, by the plan's bands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from rollback_gov.model.trigger import Band

ORDER = ("monitor", "prepare", "mitigate", "investigate", "page", "rollback")
"""From the mildest to the strongest. ``page`` comes from a deadline only."""
Mode = Literal["observe", "confirm", "auto"]


class Conduct(StrEnum):
    """What the watch does about a decision."""

    TELL = "tell"
    ASK = "ask"
    ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A trigger that has fired: when (seconds since the epoch), why, and whether its condition is fine again."""

    at: float
    reason: str
    recovered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows. ``band`` counts from 0; -1 stands for "any trigger means rollback", where a plan has no bands.

    ``deadline`` is when an investigation or mitigation becomes what its band says ``then``, in seconds since the epoch.
    """

    action: str
    band: int
    triggers: tuple[str, ...]
    reason: str
    conduct: Conduct
    scenario: str = ""
    deadline: float | None = None

    @property
    def runs(self) -> bool:
        """It changes the system: a rollback, or a scenario of the plan. Everything else is only told."""
        return self.action == "rollback" or bool(self.scenario)

    @property
    def key(self) -> str:
        """What makes this decision the same as an earlier one."""
        return f"{self.action}:{self.band}"


_RUN = ("prepare", "mitigate", "rollback")
"""Actions that run the scenario of their band."""
ANY_TRIGGER = Band(action="rollback")


def decide(fired: Mapping[str, Firing], bands: Sequence[Band], *, mode: Mode, at: float) -> Decision | None:
    """Give the strongest decision that the fired triggers (by id) call for; None where no band says anything.

    Of two bands with the same action the one that came last counts, so that what fires after another was dealt with
    is dealt with too; of two that came at once, the first. A band without any condition never applies.
    """
    if not bands:
        names = tuple(fired)
        return _decision(ANY_TRIGGER, -1, names, fired, mode=mode, at=at) if fired else None
    return max(
        _decisions(fired, bands, mode=mode, at=at),
        key=lambda decision: (ORDER.index(decision.action), _since(decision, bands[decision.band], fired)),
        default=None,
    )


def allies(decision: Decision, fired: Mapping[str, Firing], bands: Sequence[Band], *, at: float) -> tuple[str, ...]:
    """Give the triggers of all bands that call for the same as a decision: with its own, those of bands beside it."""
    same = [
        other.triggers
        for other in _decisions(fired, bands, mode="observe", at=at)
        if (other.action, other.scenario) == (decision.action, decision.scenario)
    ]
    return tuple(dict.fromkeys((*decision.triggers, *(name for names in same for name in names))))


def _decisions(fired: Mapping[str, Firing], bands: Sequence[Band], *, mode: Mode, at: float) -> list[Decision]:
    return [
        _decision(band, index, names, fired, mode=mode, at=at)
        for index, band in enumerate(bands)
        if (names := _matched(band, fired))
    ]


def _matched(band: Band, fired: Mapping[str, Firing]) -> tuple[str, ...]:
    """Give the fired triggers that make a band apply, in the order of firing; none when it does not apply."""
    pool = band.of or band.any or (tuple(fired) if band.at_least else ())
    named = {*pool, *band.all}
    chosen = tuple(sorted((name for name in fired if name in named), key=lambda name: (fired[name].at, name)))
    complete = all(name in fired for name in band.all)
    enough = sum(name in fired for name in pool) >= (band.at_least or 1) if pool else bool(band.all)
    return chosen if complete and enough else ()


def _begin(band: Band, names: Sequence[str], fired: Mapping[str, Firing]) -> float:
    """Say since when a band has applied: from the firing that completed its condition."""
    pool = sorted(fired[name].at for name in names if name in (band.of or band.any or names))
    needed = [pool[(band.at_least or 1) - 1]] if band.of or band.any or band.at_least else []
    return max([*needed, *(fired[name].at for name in band.all)], default=pool[0])


def _since(decision: Decision, band: Band, fired: Mapping[str, Firing]) -> float:
    """Say since when a decision has been called for."""
    if decision.deadline is not None and decision.action != band.action:
        return decision.deadline
    return _begin(band, decision.triggers, fired)


def _decision(
    band: Band, index: int, names: tuple[str, ...], fired: Mapping[str, Firing], *, mode: Mode, at: float
) -> Decision:
    reason = "; ".join(f"{name}: {fired[name].reason}" for name in names)
    deadline = _begin(band, names, fired) + band.within.seconds if band.within else None
    action: str = band.action
    if band.then and deadline is not None and at >= deadline:
        if all(fired[name].recovered for name in names):
            reason += f"; the {band.within} to {band.action} are over, but the condition is fine again"
        else:
            action, reason = band.then, f"{reason}; not settled within {band.within} ({band.action})"
    scenario = band.scenario if action == band.action and action in _RUN else ""
    return Decision(
        action=action,
        band=index,
        triggers=names,
        reason=reason,
        conduct=_conduct(action, scenario, mode),
        scenario=scenario,
        deadline=deadline,
    )


def _conduct(action: str, scenario: str, mode: Mode) -> Conduct:
    """Only a rollback or a scenario changes the system; everything else is told in every mode."""
    if action != "rollback" and not scenario:
        return Conduct.TELL
    return {"observe": Conduct.TELL, "confirm": Conduct.ASK, "auto": Conduct.ACT}[mode]
