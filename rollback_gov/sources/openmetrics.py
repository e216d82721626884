"""``openmetrics``: a service's own metrics page, so that a small service needs no Prometheus.

``series`` alone is the sum of the current values. With ``over`` it is by how much they grew since a scrape at least
that long ago. With ``of`` it is that growth divided by the growth of ``of``: a ratio, such as errors of all requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock

from rollback_gov.model.expect import Query
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.client import Client, refused
from rollback_gov.sources.exposition import Sample, Series, parse
from rollback_gov.sources.increase import LONGEST_BLINDNESS, History, Scrape
from rollback_gov.sources.interface import Failure
from rollback_gov.sources.number import observe_number
from rollback_gov.sources.selector import Selector, parse_selector

Samples = Mapping[Series, Sample]


@dataclass(slots=True)
class _Page:
    """The latest scrape of one page: queries of one tick share it, so that they speak of the same moment."""

    at: float = float("nan")
    content: Samples | Error = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class OpenMetrics:
    """Scrapes pages and remembers what increases need. Scrapes live in memory only."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = Lock()
        self._pages: dict[str, _Page] = {}
        self._histories: dict[tuple[str, ...], History] = {}

    def read(self, query: Query, at: float) -> Observation:
        """Read the query's number. Readings with the same ``at`` see the same scrape."""
        try:
            part = parse_selector(query.series)
            whole = parse_selector(query.of) if query.of else None
            page = f"{self._client.address(query)} {sorted((query.headers or {}).items(), key=str)}"
        except ValueError as error:
            return Error(str(error))
        samples = self._scrape(page, query, at)
        if isinstance(samples, Error):
            return samples
        if whole is None and query.over is None:
            return _current(part, samples, at)
        return self._growth(page, query, _Counters(part, whole), Moment(at, samples))

    def close(self) -> None:
        """Nothing to let go of: connections belong to the book."""

    def _scrape(self, key: str, query: Query, at: float) -> Samples | Error:
        with self._lock:
            page = self._pages.setdefault(key, _Page())
        if not page.lock.acquire(timeout=self._client.timeout(query).seconds):
            return Error("another reading of the same page is still under way")
        try:
            if page.at != at:
                page.content, page.at = self._fetch(query), at
            return page.content
        finally:
            page.lock.release()

    def _fetch(self, query: Query) -> Samples | Error:
        answer = self._client.get(query)
        if isinstance(answer, Failure):
            return Error(answer.reason)
        if reason := refused(answer):
            return Error(reason)
        try:
            return parse(answer.text, openmetrics="openmetrics-text" in answer.content_type)
        except ValueError as error:
            return Error(str(error))

    def _growth(self, page: str, query: Query, counters: _Counters, moment: Moment) -> Observation:
        unread = counters.unread(moment)
        if unread is not None:
            return unread
        window = query.over.seconds if query.over else 0.0
        part = self._increase((page, query.series, str(window)), counters.part, moment, window)
        if counters.whole is None:
            return _waiting() if part is None else Value(part, moment.at)
        whole = self._increase((page, query.of, str(window)), counters.whole, moment, window)
        if part is None or whole is None:
            return _waiting()
        least = query.minimum or Decimal(0)
        if whole < least or whole == 0:
            seen, wanted = format_number(whole), format_number(max(least, Decimal(1)))
            return NoData(f"too little traffic: {seen} of at least {wanted}")
        return Value(part / whole, moment.at)

    def _increase(self, key: tuple[str, ...], selector: Selector, moment: Moment, window: float) -> Decimal | None:
        counters = {series: sample.number for series, sample in selector.select(moment.samples).items()}
        with self._lock:
            history = self._histories.setdefault(key, History(window))
            history.add(Scrape(moment.at, counters))
            return history.increase()


@dataclass(frozen=True, slots=True)
class Moment:
    """A page's samples at one time."""

    at: float
    samples: Samples


@dataclass(frozen=True, slots=True)
class _Counters:
    """The counters of an increase, or of a ratio."""

    part: Selector
    whole: Selector | None

    def unread(self, moment: Moment) -> NoData | None:
        """Say why the counters cannot be used.

        A page without any series of that name is no data. A page that has the name with other labels is a zero: the
        counter of a status appears with its first event.
        """
        for selector in filter(None, (self.part, self.whole)):
            if not selector.knows(moment.samples):
                return NoData(f"the page has no series named {selector.name}")
            for sample in selector.select(moment.samples).values():
                if reason := _unusable(sample, moment.at):
                    return NoData(f"{selector.name}: {reason}")
        return None


def _current(selector: Selector, samples: Samples, at: float) -> Observation:
    chosen = selector.select(samples).values()
    if not chosen:
        return NoData(f"the page has no series that {selector.name} and its conditions select")
    for sample in chosen:
        if reason := _unusable(sample, at):
            return NoData(f"{selector.name}: {reason}")
    total = sum((sample.number for sample in chosen), Decimal(0))
    return observe_number(total, max(sample.time for sample in chosen) or at)


def _unusable(sample: Sample, at: float) -> str:
    if not sample.number.is_finite():
        return f"a value is {sample.number}"
    if sample.time and sample.time < at - LONGEST_BLINDNESS:
        return f"a sample is {at - sample.time:.0f}s old"
    return ""


def _waiting() -> NoData:
    return NoData("an increase needs two scrapes, and this is the first")
