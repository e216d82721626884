"""All runs of a repository as one view: which services could not meet their SLA, and why; then the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.estimates import Estimate, estimates
from rollback_gov.reports.dashboard.figures import Measure, Share, known, number, spread
from rollback_gov.reports.dashboard.months import Month, months
from rollback_gov.reports.dashboard.open_work import OpenAction, OpenWaiver, by_due, by_expiry
from rollback_gov.reports.dashboard.readiness import PlanState, by_need
from rollback_gov.reports.dashboard.services import Service, kept, services, succeeded, took
from rollback_gov.reports.dashboard.set_off import SetOff, set_off
from rollback_gov.reports.dashboard.timed import Seen, Timed, timed
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.log import moment
from rollback_gov.reports.metrics.dora import Deployment, Figures, dora


class Broken(Record):
    """A folder of a run, or a file, that cannot be read: it is told, and never counted as anything."""

    where: str
    reason: str


class Read(Record):
    """Everything that was read. ``runs`` are the oldest first; ``now`` and ``since`` (None: from the beginning) UTC."""

    now: datetime
    runs: tuple[Seen, ...] = ()
    plans: tuple[PlanState, ...] = ()
    actions: tuple[OpenAction, ...] = ()
    waivers: tuple[OpenWaiver, ...] = ()
    unreadable: tuple[Broken, ...] = ()
    since: datetime | None = None
    deployments: tuple[Deployment, ...] = ()


class Aside(Record):
    """Runs that were read and are no rollbacks of production."""

    rehearsals: int
    dry_runs: int
    elsewhere: int


class History(Record):
    """What the page says. ``clocks`` are all rollbacks against their SLA, the newest first, each region by itself."""

    now: datetime
    since: datetime | None
    first: str
    latest: str
    rollbacks: int
    unended: int
    aside: Aside
    kept: Share
    succeeded: Share
    took: Measure
    noticed: Measure
    """From the first breach to the decision (seconds)."""
    dora: Figures
    """How often a deployment failed, and how long it took to recover from that."""
    automatic: Share
    """Of the rollbacks that have ended, how many needed nobody."""
    missing: tuple[Service, ...]
    """The services that missed their SLA at least once, those with the most misses first."""
    services: tuple[Service, ...]
    months: tuple[Month, ...]
    set_off: tuple[SetOff, ...]
    estimates: tuple[Estimate, ...]
    plans: tuple[PlanState, ...]
    actions: tuple[OpenAction, ...]
    waivers: tuple[OpenWaiver, ...]
    clocks: tuple[Timed, ...]
    unreadable: tuple[Broken, ...]


def history(read: Read) -> History:
    """Fold what was read. The same records give the same history."""
    seen = [run for run in read.runs if _is_within(run, read.since)]
    runs = [run for run in seen if run.facts.is_rollback]
    clocks = [clock for run in runs for clock in timed(run)]
    outcomes = [run.facts.standing.outcome for run in runs]
    rows = services(clocks, [(clocks_services(run), run.facts.standing.outcome) for run in runs])
    moments = sorted(clock.decided for clock in clocks if clock.decided)
    return History(
        now=read.now,
        since=read.since,
        first=moments[0] if moments else "",
        latest=moments[-1] if moments else "",
        rollbacks=len(runs),
        unended=outcomes.count("not ended"),
        aside=_aside(seen),
        kept=kept(clocks),
        succeeded=succeeded(outcomes),
        took=took(clocks),
        noticed=spread(known([number(run.facts.trigger.delay) for run in runs]), "no first breach is written down"),
        dora=dora(read.deployments, (run.facts for run in runs), since=read.since, until=read.now).whole,
        automatic=_automatic(runs),
        missing=tuple(row for row in rows if row.missed),
        services=rows,
        months=months(clocks),
        set_off=set_off(run.facts for run in runs),
        estimates=estimates(runs),
        plans=by_need(read.plans),
        actions=by_due(read.actions),
        waivers=by_expiry(read.waivers),
        clocks=tuple(sorted(clocks, key=lambda clock: (clock.decided, clock.run, clock.place), reverse=True)),
        unreadable=tuple(sorted(read.unreadable, key=lambda item: item.where)),
    )


def clocks_services(run: Seen) -> tuple[str, ...]:
    """Give the services of a run as its clocks name them."""
    return next(timed(run)).services


def _is_within(run: Seen, since: datetime | None) -> bool:
    """A run that does not say when it was decided is no part of a span of time."""
    if since is None:
        return True
    fact = run.facts.times.decided
    decided = fact if isinstance(fact, NotMeasured) else moment(fact.value)
    return not isinstance(decided, NotMeasured) and decided >= since


def _aside(seen: Sequence[Seen]) -> Aside:
    others = [run.facts.identity.mode for run in seen if not run.facts.is_rollback]
    return Aside(
        rehearsals=others.count("rehearse"), dry_runs=others.count("dry-run"), elsewhere=others.count("execute")
    )


def _automatic(runs: Sequence[Seen]) -> Share:
    alone = [run.facts.execution.automated for run in runs]
    judged = [fact.value for fact in alone if not isinstance(fact, NotMeasured)]
    return Share(sum(judged), len(judged))
