"""DORA's figures as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.records.text import one_line
from rollback_gov.reports.fact import NotMeasured, wording
from rollback_gov.reports.metrics.dora import Dora, Figures

_HEAD = ("service", "deployments", "failed", "change failure rate", "recoveries", "median recovery")
_UNKNOWN = "-"


def dora_lines(dora: Dora) -> Iterator[str]:
    """Give the lines: the span of time, a row a service and one of all, and what weakens the figures."""
    since = f"{dora.since:%Y-%m-%d %H:%M}" if dora.since else "the beginning"
    yield f"From {since} to {dora.until:%Y-%m-%d %H:%M} (UTC), production"
    yield ""
    rows = [_HEAD, *(_row(one_line(name, 60), figures) for name, figures in dora.services.items())]
    rows.append(_row("all", dora.whole))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for name, *numbers in rows:
        cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
        yield "  ".join((name.ljust(widths[0]), *cells))
    yield from _remarks(dora.whole)


def _row(name: str, figures: Figures) -> tuple[str, ...]:
    rate = _UNKNOWN if isinstance(figures.rate, NotMeasured) else f"{figures.rate.value:.1%}"
    recovery = _UNKNOWN if isinstance(figures.recovery, NotMeasured) else wording(figures.recovery)
    return name, str(figures.deployments), str(figures.failed), rate, str(figures.recovered), recovery


def _remarks(whole: Figures) -> Iterator[str]:
    remarks = (
        ("Failures of no known deployment, by which the rate is too low", whole.unmatched),
        (
            "Failures from which no rollback has recovered, which are not in the median",
            whole.failures - whole.recovered,
        ),
        ("Recoveries that count from the decision, because no first breach was measured", whole.from_decision),
    )
    said = [f"{text}: {number}" for text, number in remarks if number]
    yield from ("", *said) if said else ()
