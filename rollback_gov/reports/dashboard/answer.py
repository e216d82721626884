"""The first thing that the history says: who could not meet the SLA, in one sentence, and why in another."""

from __future__ import annotations

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.history import History
from rollback_gov.reports.dashboard.services import whys
from rollback_gov.reports.dashboard.timed import NO_SERVICE
from rollback_gov.reports.dashboard.words import count, listed, short

_NAMED = 3


class Answer(Record):
    """``headline`` is the answer, ``of`` says of how many it speaks, ``mostly`` gives the commonest reasons."""

    headline: str
    of: str
    mostly: tuple[str, ...] = ()


def answer(view: History) -> Answer:
    """Put the answer into words. Nobody is said to have met an SLA that was never put to the test."""
    whole, missed = view.kept.whole, view.kept.whole - view.kept.part
    clocks = _clocks(whole, of_regions=len(view.clocks) > view.rollbacks)
    if not whole:
        of = (
            "Nothing can be said about an SLA before." if view.rollbacks else "There is no rollback of production here."
        )
        return Answer(headline="No rollback with an SLA has ended yet", of=of)
    judged = [row for row in view.services if row.kept.whole]
    if not missed:
        who = (
            f"{short(judged[0].name)} met its SLA" if len(judged) == 1 else f"All {len(judged)} services met their SLA"
        )
        return Answer(headline=f"{who} every time", of=f"{clocks}, {'each ' * (whole > 1)}verified in time.")
    names = tuple(short(row.name) for row in view.missing if row.name != NO_SERVICE)
    who = listed(names, _NAMED) or "A rollback that names no service"
    their = "their" if len(names) > 1 else "its"
    verb = "took too long or was never verified" if missed == 1 else "took too long or were never verified"
    first = whys(view.clocks)[:_NAMED]
    return Answer(
        headline=f"{who} could not meet {their} SLA",
        of=f"{missed:,} of {clocks} {verb}: {len(view.missing)} of {count(len(judged), 'service')}.",
        mostly=tuple(f"{why.what} ({why.count:,})" for why in first),
    )


def _clocks(whole: int, *, of_regions: bool) -> str:
    """A rollback of several regions has an SLA in each: unsaid, there would be more of them than rollbacks."""
    said = count(whole, "rollback with an SLA", "rollbacks with an SLA")
    return f"{said} (each region counts)" if of_regions else said
