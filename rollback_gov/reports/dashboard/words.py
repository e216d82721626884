"""Spans, days and counts as people read them on the page."""

from __future__ import annotations

from datetime import datetime, timedelta

from rollback_gov.reports.dashboard.figures import FEW, Share, Spread
from rollback_gov.reports.fact import NOT_MEASURED, NotMeasured
from rollback_gov.reports.log import moment
from rollback_gov.reports.metrics.dora import Figures

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LONGEST = 60
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def span(seconds: float | NotMeasured) -> str:
    """Write seconds in the two largest units that say something: ``24 ms``, ``4.9 s``, ``14 min 20 s``, ``3 d 4 h``."""
    if isinstance(seconds, NotMeasured):
        return NOT_MEASURED
    sign, size = ("-", -seconds) if seconds < 0 else ("", seconds)
    if 0 < size < 0.095:
        return f"{sign}{max(round(size * 1000), 1)} ms"
    if size < 9.95:
        return f"{sign}{size:.1f} s"
    whole = round(size)
    for unit, word, lesser, less in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // lesser
            return f"{sign}{whole // unit} {word}" + (f" {rest} {less}" if rest else "")
    return f"{sign}{whole} s"


def lies(found: Spread, what: str) -> str:
    """Say of how many a median is, and how far the others reach."""
    return f"of 1 {what}" if found.n == 1 else f"median of {count(found.n, what)}; {reach(found)}"


def reach(found: Spread) -> str:
    """Say how far values reach: nine of ten of them; of few, the longest is all that can be said."""
    if found.n == 1:
        return "the only one"
    return f"nine of ten within {span(found.ninth)}" if found.n >= FEW else f"the longest {span(found.most)}"


def share(part: int, whole: int) -> str:
    """Write a share."""
    return str(Share(part, whole))


def failed(found: Figures) -> str:
    """Say of how many deployments a rate of failures is, and what it cannot know."""
    if isinstance(found.rate, NotMeasured):
        return found.rate.why
    beside = f"; {count(found.unmatched, 'failure')} of no known deployment" if found.unmatched else ""
    whole = count(found.deployments, "deployment")
    told = whole.partition(" ")[2] if found.deployments < FEW else f"{number(found.failed)} of {whole}"
    return f"{told} by permit{beside}"


def recovered(found: Figures) -> str:
    """Say of how many failures a time of recovery is, and from when it counts."""
    if isinstance(found.recovery, NotMeasured):
        return found.recovery.why
    late = f"; {number(found.from_decision)} from the decision, without a first breach" if found.from_decision else ""
    return f"median of {count(found.recovered, 'failure')}{late}"


def ago(at: str, now: datetime) -> str:
    """Say how long ago a UTC time was, in days where it is more than one."""
    then = moment(at)
    if isinstance(then, NotMeasured):
        return NOT_MEASURED
    days = (now - then) // timedelta(days=1)
    if days < 0:
        return "in the future"
    if not days:
        return "today" if then.date() == now.date() else "yesterday"
    return f"{days:,} day{'' if days == 1 else 's'} ago"


def day(at: str) -> str:
    """Give the day of a UTC time."""
    return at[:10] if at else NOT_MEASURED


def month(at: str) -> str:
    """Give the month of a UTC time in words, such as ``June 2026``."""
    then = moment(at)
    return NOT_MEASURED if isinstance(then, NotMeasured) else f"{MONTHS[then.month - 1]} {then.year}"


def minute(at: str) -> str:
    """Give day and minute of a UTC time."""
    return f"{at[:10]} {at[11:16]}" if at else NOT_MEASURED


def number(value: int) -> str:
    """Write a count with its thousands apart."""
    return f"{value:,}"


def count(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun: ``1 rollback``, ``1,204 rollbacks``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def short(name: str) -> str:
    """Cut a name that no sentence can hold."""
    return name if len(name) <= LONGEST else f"{name[:LONGEST].rstrip()}…"


def listed(names: tuple[str, ...], most: int) -> str:
    """Write names as a sentence does; of more than ``most`` say how many others there are."""
    shown, others = names[:most], len(names) - most
    if others > 0:
        return f"{', '.join(shown)} and {others} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
