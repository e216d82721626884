"""One rollback against its clock: a run, or one region of a run of several, as the history counts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.cause import Cause, causes
from rollback_gov.reports.dashboard.figures import number
from rollback_gov.reports.fact import Fact, NotMeasured
from rollback_gov.reports.log import moment
from rollback_gov.reports.run_facts import RunFacts

NO_SERVICE = "no service named"
"""What a plan's rollbacks are counted under when it says of no service that it changes it."""


class Seen(Record):
    """A run as it was read. ``report`` is where its report lies, relative to the page; empty where there is none.

    ``regions`` are the runs of those regions that began.
    """

    facts: RunFacts
    report: str = ""
    regions: tuple[Seen, ...] = ()


class Timed(Record):
    """``seconds`` count from the decision until verified, or to the end; ``limit`` is the SLA.

    ``decided`` is UTC, and empty where nobody knows.
    """

    run: str
    operation: str
    title: str
    services: tuple[str, ...]
    place: str
    decided: str
    outcome: str
    seconds: float | NotMeasured
    limit: float | NotMeasured
    met: bool | NotMeasured
    report: str
    causes: tuple[Cause, ...]
    """Why it missed its SLA, the largest part first; empty where it did not."""

    @property
    def share(self) -> float | NotMeasured:
        """Its time as a share of its SLA; above 1 it was too long."""
        if isinstance(self.seconds, NotMeasured) or isinstance(self.limit, NotMeasured):
            return self.seconds if isinstance(self.seconds, NotMeasured) else self.limit
        return self.seconds / self.limit if self.limit > 0 else NotMeasured("no time at all is no SLA")


def timed(seen: Seen) -> Iterator[Timed]:
    """Give the clocks of a run: its own, or one for each of its regions, because each has an SLA of its own."""
    facts = seen.facts
    if not facts.regions:
        yield _run(seen, facts.identity.region)
        return
    runs = {region.facts.identity.region: region for region in seen.regions}
    for region in facts.regions:
        run = runs.get(region.region)
        met = region.met if isinstance(region.met, NotMeasured) else region.met.value
        yield Timed(
            **_whose(facts),
            place=_place(facts.identity.environment, region.region),
            decided=_moment(region.decided),
            outcome=region.outcome,
            seconds=number(region.duration),
            limit=number(region.limit),
            met=met,
            report=run.report if run else "",
            causes=_why(met, causes(run.facts) if run else (_unrecorded(region.detail),)),
        )


def _run(seen: Seen, region: str) -> Timed:
    facts = seen.facts
    met = facts.sla.met if isinstance(facts.sla.met, NotMeasured) else facts.sla.met.value
    return Timed(
        **_whose(facts),
        place=_place(facts.identity.environment, region),
        decided=_moment(facts.times.decided),
        outcome=facts.standing.outcome,
        seconds=number(facts.sla.duration),
        limit=number(facts.sla.limit),
        met=met,
        report=seen.report,
        causes=_why(met, causes(facts)),
    )


def _whose(facts: RunFacts) -> dict[str, Any]:
    identity = facts.identity
    services = tuple(dict.fromkeys(identity.services)) or (NO_SERVICE,)
    return {"run": identity.run, "operation": identity.operation, "title": identity.title, "services": services}


def _moment(fact: Fact[str]) -> str:
    """Give a time as journals write it; empty where there is none, or where it is no time."""
    read = fact if isinstance(fact, NotMeasured) else moment(fact.value)
    return "" if isinstance(read, NotMeasured) else f"{read.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _place(environment: str, region: str) -> str:
    return f"{environment}, {region}" if region else environment


def _unrecorded(detail: str) -> Cause:
    return Cause(kind="rest", what="No record of the region", detail=detail)


def _why(met: bool | NotMeasured, found: tuple[Cause, ...]) -> tuple[Cause, ...]:
    return found if met is False else ()
