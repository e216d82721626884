"""Service by service: how often it was rolled back, whether in time, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.figures import Measure, Share, known, spread
from rollback_gov.reports.dashboard.timed import Timed


class Why(Record):
    """A reason for misses: how many runs name it first, and how much time it cost each of them (seconds)."""

    what: str
    count: int
    over: Measure
    example: str
    """What the latest of them said; may be empty."""


class Service(Record):
    """``rollbacks`` are runs. Of ``kept`` and ``took`` each region counts, because each has its own SLA.

    ``kept`` counts those that had an SLA and have ended, ``took`` those that were verified.
    """

    name: str
    rollbacks: int
    succeeded: Share
    kept: Share
    took: Measure
    latest: str
    clocks: tuple[Timed, ...]
    missed: tuple[Timed, ...]
    whys: tuple[Why, ...]


def services(all_clocks: Iterable[Timed], results: Iterable[tuple[tuple[str, ...], str]]) -> tuple[Service, ...]:
    """Give the services, those with the most misses first. ``results`` has the services and the outcome of each run."""
    clocks: dict[str, list[Timed]] = {}
    for clock in all_clocks:
        for name in clock.services:
            clocks.setdefault(name, []).append(clock)
    ends: dict[str, list[str]] = {}
    for names, outcome in results:
        for name in names:
            ends.setdefault(name, []).append(outcome)
    found = [_service(name, own, ends[name]) for name, own in clocks.items()]
    return tuple(sorted(found, key=lambda row: (-len(row.missed), -row.rollbacks, row.name)))


def _service(name: str, clocks: Sequence[Timed], outcomes: Sequence[str]) -> Service:
    missed = tuple(clock for clock in clocks if clock.met is False)
    return Service(
        name=name,
        rollbacks=len(outcomes),
        succeeded=succeeded(outcomes),
        kept=kept(clocks),
        took=took(clocks),
        latest=max((clock.decided for clock in clocks), default=""),
        clocks=tuple(clocks),
        missed=missed,
        whys=whys(missed),
    )


def succeeded(outcomes: Sequence[str]) -> Share:
    """Of the runs that have ended, how many passed."""
    return Share(outcomes.count("passed"), sum(1 for outcome in outcomes if outcome != "not ended"))


def kept(clocks: Iterable[Timed]) -> Share:
    """Of those with an SLA that have ended, how many met it."""
    judged = [clock.met for clock in clocks if isinstance(clock.met, bool)]
    return Share(sum(judged), len(judged))


def took(clocks: Iterable[Timed]) -> Measure:
    """How long those took that were verified, in seconds."""
    verified = known([clock.seconds for clock in clocks if clock.outcome == "passed"])
    return spread(verified, "no rollback was verified")


def whys(missed: Sequence[Timed]) -> tuple[Why, ...]:
    """Count the first reason of each, the most frequent first."""
    groups: dict[str, list[Timed]] = {}
    for clock in missed:
        if clock.causes:
            groups.setdefault(clock.causes[0].what, []).append(clock)
    found = [
        Why(
            what=what,
            count=len(group),
            over=spread(known([clock.causes[0].over for clock in group]), "it never got there"),
            example=max(group, key=lambda clock: clock.decided).causes[0].detail,
        )
        for what, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda why: (-why.count, why.what)))
