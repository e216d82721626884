"""Numbers as drawings: inline SVG that stretches with the page while its marks and letters keep their size.

Places across are per cent, heights are pixels. Every drawing is one image with a text of its own; what it shows stands
in a table or in words beside it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from rollback_gov.reports.dashboard.figures import Spread
from rollback_gov.reports.dashboard.months import Month
from rollback_gov.reports.dashboard.timed import Timed
from rollback_gov.reports.dashboard.words import minute, span
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.html import Safe

CAP = 1.6
"""Shares of an SLA beyond this stand at the edge."""
MANY = 200
"""More marks than that are drawn smaller where there is little room."""


def element(name: str, content: str = "", **attributes: object) -> str:
    """Write one element: attributes are escaped, ``content`` is markup. ``_`` in names is ``-``."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def strip(clocks: Sequence[Timed], says: str, *, height: int = 76) -> Safe:
    """Draw rollbacks along their SLA: a dot each, the line is the SLA, diamonds missed it."""
    shown = [(clock, share) for clock in clocks if not isinstance(share := _judged(clock), NotMeasured)]
    middle, rows = (height - 18) / 2, _beside(shown)
    marks = [
        _mark(clock, share, _across(share), middle + offset * 7)
        for (clock, share), offset in zip(shown, rows, strict=True)
    ]
    base = _line(0, middle, 100, middle, "rule grid")
    limit = _line(_across(1), 0, _across(1), height - 15, "rule limit")
    scale = [
        _text("0", _across(0), height - 2),
        _text("SLA", _across(1), height - 2, class_="strong", text_anchor="middle"),
    ]
    scale += [_text(f"{round(100 * CAP)} %", _across(CAP), height - 2, text_anchor="end")]
    return _image(says, height, base, limit, *marks, *scale)


def over_time(clocks: Sequence[Timed], says: str, *, height: int = 300) -> Safe:
    """Draw every rollback at its day, as high as its share of the SLA."""
    dated = [
        (clock, share, datetime.fromisoformat(clock.decided))
        for clock in reversed(clocks)
        if clock.decided and not isinstance(share := _judged(clock), NotMeasured)
    ]
    if not dated:
        return Safe("")
    times = [at for _, _, at in dated]
    first, last = min(times), max(times)
    whole = (last - first).total_seconds()
    low, high = 22, height - 24

    def up(share: float) -> float:
        return high - (high - low) * min(share, CAP) / CAP

    def across(at: datetime) -> float:
        return 1.5 + 97 * ((at - first).total_seconds() / whole if whole else 0.5)

    grid = [_line(0, up(step), 100, up(step), "rule grid") for step in (0, 0.5, 1.5)]
    limit = _line(0, up(1), 100, up(1), "rule limit")
    scale = [_text(f"{round(100 * step)} %", 0, up(step) - 5) for step in (0.5, 1.5)]
    scale += [_text("SLA", 0, up(1) - 6, class_="strong")]
    ticks = [
        _text(label, across(at), height - 6, class_="mid" if number % 2 else "", text_anchor=_anchor(across(at)))
        for number, (at, label) in enumerate(_ticks(first, last))
    ]
    ordered = sorted(dated, key=lambda entry: entry[0].met is False)
    marks = [_mark(clock, share, across(at), up(share)) for clock, share, at in ordered]
    kind = "chart dense" if len(marks) > MANY else "chart"
    return _image(says, height, *grid, *marks, limit, *scale, *ticks, kind=kind)


def columns(months: Sequence[Month], says: str, *, height: int = 132) -> Safe:
    """Draw a column a month: missed at the foot, kept above it, then those without an SLA."""
    most = max((month.all for month in months), default=0) or 1
    wide, high = 100 / max(len(months), 1), height - 24
    every = max(1, -(-len(months) // 8))
    parts: list[str] = []
    for place, month in enumerate(months):
        left, foot = place * wide, float(high)
        for count, kind in ((month.missed, " bad"), (month.kept, ""), (month.others, " none")):
            tall = (high - 16) * count / most
            if count:
                body = {"x": _percent(left + wide * 0.12), "width": _percent(wide * 0.76), "class_": f"fill{kind}"}
                parts.append(element("rect", y=_short(foot - tall), height=_short(max(tall - 1, 1)), **body))
            foot -= tall
        if month.all:
            parts.append(
                _text(
                    str(month.all), left + wide / 2, foot - 4, text_anchor="middle", class_="mid" if every > 1 else ""
                )
            )
        if not place % every:
            at, named = left + wide / 2, "mid" if place % (2 * every) else ""
            parts.append(_text(month.month, at, height - 6, text_anchor=_anchor(at), class_=named))
    return _image(says, height, _line(0, high, 100, high, "rule"), *parts)


def bar(share: float, says: str, *, kind: str = "", height: int = 10) -> Safe:
    """Draw a share of a whole as a bar."""
    track = element("rect", width="100%", height=height, rx=3, class_="fill sunk")
    width = _percent(100 * max(0.0, min(share, 1.0)))
    body = element("rect", width=width, height=height, rx=3, class_=f"fill {kind}".rstrip())
    return _image(says, height, track, body)


def against_budget(actual: Spread, budget: float, says: str, *, height: int = 24) -> Safe:
    """Draw the median as a bar, the longest as a whisker, and the budget as a mark at a third of the width."""
    whole = 3 * budget
    middle, longest = (100 * min(value / whole, 1.0) for value in (actual.middle, actual.most))
    kind = "fill bad" if actual.middle > budget else "fill"
    return _image(
        says,
        height,
        _line(0, height / 2, 100, height / 2, "rule grid"),
        _line(middle, height / 2, longest, height / 2, "rule"),
        element("rect", y=height / 2 - 5, width=_percent(middle), height=10, rx=2, class_=kind),
        _line(longest, height / 2 - 4, longest, height / 2 + 4, "rule"),
        _line(100 / 3, 2, 100 / 3, height - 2, "rule limit"),
    )


def _image(says: str, height: float, *parts: str, kind: str = "chart") -> Safe:
    body = "".join(parts) or " "
    return Safe(element("svg", body, role="img", aria_label=says, width="100%", height=height, class_=kind))


def _judged(clock: Timed) -> float | NotMeasured:
    """Give its share of the SLA; nothing for one that nobody can judge, because no shape would be true of it."""
    return clock.met if isinstance(clock.met, NotMeasured) else clock.share


def _mark(clock: Timed, share: float, across: float, up: float) -> str:
    """A dot for what was in time, a diamond for what was too late, a cross for what was never verified."""
    said = f"{clock.operation}, {minute(clock.decided)}: {span(clock.seconds)} of {span(clock.limit)}, {clock.outcome}"
    beyond = ", beyond the edge" if share > CAP else ""
    title = element("title", escape(said + beyond))
    if clock.met:
        return element("circle", title, cx=_percent(across), cy=_short(up), r=4, class_="dot")
    shape = "#late" if clock.outcome == "passed" else "#lost"
    return element("use", title, href=shape, x=_percent(across), y=_short(up))


def _beside(shown: Sequence[tuple[Timed, float]]) -> list[int]:
    """Give each dot a row of its own where others lie: 0, 1, -1, 2, -2 … within the strip."""
    used: dict[int, int] = {}
    rows = []
    for _, share in shown:
        place = round(_across(share) / 1.4)
        number = used[place] = used.get(place, -1) + 1
        step = (number + 1) // 2 % 4
        rows.append(step if number % 2 else -step)
    return rows


def _across(share: float) -> float:
    return 1.5 + 96.5 * min(share, CAP) / CAP


def _ticks(first: datetime, last: datetime) -> Iterable[tuple[datetime, str]]:
    """Name days; months where there are several of them, and times of day within one."""
    whole = last - first
    if whole <= timedelta(days=2):
        form = "%H:%M:%S" if whole < timedelta(minutes=10) else "%m-%d %H:%M"
        return [(at, at.strftime(form)) for at in (first + whole * part / 4 for part in range(5 if whole else 1))]
    if whole <= timedelta(days=70):
        return [(at, f"{at:%Y-%m-%d}") for at in (first + whole * part / 4 for part in range(5))]
    begin, end = first.year * 12 + first.month, last.year * 12 + last.month - 1
    every = -(-(end - begin + 1) // 8)
    numbers = range(begin, end + 1, every)
    starts = [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in numbers]
    return [(at, f"{at:%Y-%m}") for at in starts]


def _anchor(across: float) -> str:
    return "start" if across < 6 else "end" if across > 94 else "middle"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return element("line", x1=_percent(x1), y1=_short(y1), x2=_percent(x2), y2=_short(y2), class_=kind)


def _text(said: str, x: float, y: float, **attributes: object) -> str:
    given = {key: value for key, value in attributes.items() if value}
    return element("text", escape(said), x=_percent(x), y=_short(y), **given)


def _percent(value: float) -> str:
    return f"{_short(value)}%"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
