"""DORA's two figures about failure: which share of the deployments failed, and how long it took to recover from that.

A deployment is a permit whose single use was taken. It failed when a rollback in production of its operation in its
environment began after it, before the next deployment of that operation there. ``docs/metrics.md`` says what that
cannot know: a failure that was mended by a further deployment, and a deployment that nobody asked a permit for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from rollback_gov.model.record import Record
from rollback_gov.reports.fact import Derived, Fact, NotMeasured, Seconds
from rollback_gov.reports.log import moment
from rollback_gov.reports.run_facts import RunFacts

NO_DEPLOYMENT = "no deployment in this time"


class Deployment(Record):
    """A permit's use that was taken, at a time (UTC), for an operation that changes these services."""

    operation: str
    environment: str
    services: tuple[str, ...]
    at: datetime


class Failure(Record):
    """One failure in production and its recovery, however many rollbacks that took. Times are UTC.

    ``began`` is the first breach where one was ``measured``, else the decision, which came later. ``recovered`` is when
    a rollback was verified; None where none was. ``deployment`` is the one that failed; None where none is known.
    """

    operation: str
    environment: str
    services: tuple[str, ...]
    began: datetime
    measured: bool
    recovered: datetime | None
    deployment: Deployment | None

    @property
    def seconds(self) -> float | None:
        """From where it began until recovered; None where it was not, or where the clocks disagree."""
        if self.recovered is None or self.recovered < self.began:
            return None
        return (self.recovered - self.began).total_seconds()


class Figures(Record):
    """The figures of one service, or of all together.

    ``rate`` is ``failed`` / ``deployments``. ``recovery`` is the median over those of the ``failures`` from which
    somebody has ``recovered``; ``from_decision`` of them count from the decision, because no first breach was measured.
    ``unmatched`` failures belong to no known deployment: the rate is too low by them.
    """

    deployments: int
    failed: int
    rate: Fact[float]
    failures: int
    unmatched: int
    recovered: int
    from_decision: int
    recovery: Fact[Seconds]


class Dora(Record):
    """The figures from a time (None: from the beginning) to another, of everything and by service."""

    since: datetime | None
    until: datetime
    whole: Figures
    services: Mapping[str, Figures]


def dora(
    deployments: Sequence[Deployment], runs: Iterable[RunFacts], *, since: datetime | None, until: datetime
) -> Dora:
    """Compute the figures of a span of time (UTC). A failure belongs to the time of its deployment, if that is known.

    What changes several services counts for each of them, and once in the whole.
    """
    failed = [item for item in failures(deployments, runs) if _is_within(_belongs(item), since, until)]
    made = [item for item in deployments if _is_within(item.at, since, until)]
    by_service: dict[str, tuple[list[Deployment], list[Failure]]] = {}
    for deployment in made:
        for name in set(deployment.services):
            by_service.setdefault(name, ([], []))[0].append(deployment)
    for failure in failed:
        for name in failure.services:
            by_service.setdefault(name, ([], []))[1].append(failure)
    return Dora(
        since=since,
        until=until,
        whole=_figures(made, failed),
        services={name: _figures(*by_service[name]) for name in sorted(by_service)},
    )


def failures(deployments: Sequence[Deployment], runs: Iterable[RunFacts]) -> tuple[Failure, ...]:
    """Give each failure once, the oldest first. Rollbacks between the same two deployments are of the same failure.

    Only rollbacks in production count, and only those that say when they were decided.
    """
    known: dict[tuple[str, str], list[Deployment]] = {}
    for made in sorted(deployments, key=lambda item: item.at):
        known.setdefault((made.operation, made.environment), []).append(made)
    found: dict[tuple[str, str, int], list[RunFacts]] = {}
    for run in runs:
        decided = _moment(run.times.decided)
        if run.is_rollback and decided is not None:
            where = (run.identity.operation, run.identity.environment)
            times = [item.at for item in known.get(where, ())]
            found.setdefault((*where, bisect_right(times, decided)), []).append(run)
    all_of_them = [_failure(known, key, group) for key, group in found.items()]
    return tuple(sorted(all_of_them, key=lambda item: (item.began, item.operation, item.environment)))


def _failure(
    known: Mapping[tuple[str, str], Sequence[Deployment]], key: tuple[str, str, int], group: Sequence[RunFacts]
) -> Failure:
    operation, environment, number = key
    deployment = known[operation, environment][number - 1] if number else None
    began, measured = min((_began(run) for run in group), key=lambda pair: pair[0])
    ends = (_moment(run.times.verified) for run in group if run.standing.outcome == "passed")
    return Failure(
        operation=operation,
        environment=environment,
        services=tuple(sorted({name for run in group for name in run.identity.services})),
        began=began,
        measured=measured,
        recovered=min((end for end in ends if end is not None), default=None),
        deployment=deployment,
    )


def _began(run: RunFacts) -> tuple[datetime, bool]:
    decided, detected = _moment(run.times.decided), _moment(run.times.detected)
    assert decided is not None
    return (decided, False) if detected is None or detected > decided else (detected, True)


def _moment(fact: Fact[str]) -> datetime | None:
    read = fact if isinstance(fact, NotMeasured) else moment(fact.value)
    return None if isinstance(read, NotMeasured) else read


def _belongs(failure: Failure) -> datetime:
    return failure.deployment.at if failure.deployment else failure.began


def _is_within(at: datetime, since: datetime | None, until: datetime) -> bool:
    return (since is None or since <= at) and at <= until


def _figures(made: Sequence[Deployment], failed: Sequence[Failure]) -> Figures:
    ended = [(item, seconds) for item in failed if (seconds := item.seconds) is not None]
    matched = sum(item.deployment is not None for item in failed)
    return Figures(
        deployments=len(made),
        failed=matched,
        rate=Derived(matched / len(made), "failed deployments of all") if made else NotMeasured(NO_DEPLOYMENT),
        failures=len(failed),
        unmatched=len(failed) - matched,
        recovered=len(ended),
        from_decision=sum(not item.measured for item, _ in ended),
        recovery=Derived(Seconds(median(seconds for _, seconds in ended)), "the median of those that recovered")
        if ended
        else NotMeasured("nobody recovered from a failure" if failed else "no failure in this time"),
    )
