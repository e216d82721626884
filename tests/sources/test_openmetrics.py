"""Numbers out of a service's own metrics page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from threading import Event, Thread
from typing import Any

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Header, Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.book import SourceBook
from tests.sources.web import Page, Web

TOTAL = "http_requests_total"
ERRORS = 'http_requests_total{code=~"5.."}'


class Service:
    """A metrics page whose counters a test sets."""

    def __init__(self, web: Web, book: SourceBook) -> None:
        self.web, self.book = web, book

    def shows(self, *lines: str, headers: Mapping[str, str] | None = None) -> None:
        self.web.text("/metrics", "\n".join([*lines, ""]), headers=headers)

    def counts(self, good: int, bad: int) -> None:
        self.shows(f'http_requests_total{{code="200"}} {good}', f'http_requests_total{{code="500"}} {bad}')

    def query(self, **keys: Any) -> Query:
        return Query(source="openmetrics", url=self.web.url, path="/metrics", **keys)

    def read(self, at: float, **keys: Any) -> Observation:
        return self.book.read(self.query(**keys), at)


@pytest.fixture
def service(web: Web, book: SourceBook) -> Service:
    return Service(web, book)


def test_a_series_alone_is_the_sum_of_its_current_values(service: Service) -> None:
    service.counts(90, 10)
    assert service.read(5.0, series=TOTAL) == Value(Decimal(100), 5.0)
    assert service.read(5.0, series=ERRORS) == Value(Decimal(10), 5.0)


def test_a_samples_own_time_tells_it_from_a_new_one(service: Service) -> None:
    service.shows('temperature{room="a"} 20 1000000', 'temperature{room="b"} 30 1001000')
    assert service.read(1002.0, series="temperature") == Value(Decimal(50), 1001.0)


def test_timestamps_of_openmetrics_are_seconds(service: Service) -> None:
    service.shows("temperature 20 1000.5", headers={"Content-Type": "application/openmetrics-text; version=1.0.0"})
    assert service.read(1002.0, series="temperature") == Value(Decimal(20), 1000.5)


def test_a_sample_older_than_five_minutes_is_no_data(service: Service) -> None:
    service.shows("temperature 20 1000000")
    assert service.read(1301.0, series="temperature") == NoData("temperature: a sample is 301s old")
    assert service.read(1302.0, series="temperature", over=Duration(1)) == NoData("temperature: a sample is 302s old")


@pytest.mark.parametrize("number", ["NaN", "+Inf"])
@pytest.mark.parametrize("window", [{}, {"over": Duration(10_000)}])
def test_a_number_that_is_none_is_no_data(service: Service, number: str, window: dict[str, Any]) -> None:
    service.shows(f"temperature {number}")
    assert isinstance(service.read(1.0, series="temperature", **window), NoData)


def test_nothing_selected_is_no_data(service: Service) -> None:
    service.counts(1, 1)
    assert isinstance(service.read(1.0, series='http_requests_total{code="404"}'), NoData)


def test_an_increase_needs_two_scrapes(service: Service) -> None:
    service.counts(90, 10)
    assert service.read(0.0, series=ERRORS, over=Duration(60_000)) == NoData(
        "an increase needs two scrapes, and this is the first"
    )
    service.counts(190, 13)
    assert service.read(60.0, series=ERRORS, over=Duration(60_000)) == Value(Decimal(3), 60.0)


def test_the_ratio_of_two_increases(service: Service) -> None:
    keys = {"series": ERRORS, "of": TOTAL, "over": Duration(60_000)}
    service.counts(1000, 500)
    assert isinstance(service.read(0.0, **keys), NoData)
    service.counts(1097, 503)
    assert service.read(30.0, **keys) == Value(Decimal("0.03"), 30.0)
    service.counts(1097 + 100, 503)
    assert service.read(60.0, **keys) == Value(Decimal("0.015"), 60.0)
    service.counts(1097 + 200, 503)
    assert service.read(90.0, **keys) == Value(Decimal(0), 90.0)


def test_without_a_window_a_ratio_is_that_since_the_last_scrape(service: Service) -> None:
    for at, (good, bad) in enumerate([(0, 0), (50, 50), (140, 60)]):
        service.counts(good, bad)
        seen = service.read(float(at), series=ERRORS, of=TOTAL)
    assert seen == Value(Decimal("0.1"), 2.0)


def test_a_ratio_of_nothing_is_no_data(service: Service) -> None:
    for at in (0.0, 1.0):
        service.counts(5, 5)
        seen = service.read(at, series=ERRORS, of=TOTAL)
    assert seen == NoData("too little traffic: 0 of at least 1")


@pytest.mark.parametrize(
    ("requests", "observation"), [(49, NoData("too little traffic: 49 of at least 50")), (50, Value(Decimal(0), 1.0))]
)
def test_too_little_traffic_is_no_data(service: Service, requests: int, observation: Observation) -> None:
    keys = {"series": ERRORS, "of": TOTAL, "minimum": Decimal(50)}
    service.counts(0, 0)
    service.read(0.0, **keys)
    service.counts(requests, 0)
    assert service.read(1.0, **keys) == observation


def test_a_service_that_restarted_is_counted_from_zero(service: Service) -> None:
    keys = {"series": ERRORS, "of": TOTAL}
    service.counts(1000, 10)
    service.read(0.0, **keys)
    service.counts(8, 2)
    assert service.read(1.0, **keys) == Value(Decimal("0.2"), 1.0)


def test_the_first_error_of_a_counter_that_is_born_with_it_counts(service: Service) -> None:
    service.shows('http_requests_total{code="200"} 10')
    service.read(0.0, series=ERRORS, over=Duration(1000))
    service.counts(10, 1)
    assert service.read(1.0, series=ERRORS, over=Duration(1000)) == Value(Decimal(1), 1.0)


def test_a_page_without_the_metric_is_no_data_and_not_zero(service: Service) -> None:
    service.shows("up 1")
    for at in (0.0, 1.0):
        assert service.read(at, series=ERRORS, over=Duration(1000)) == NoData(
            "the page has no series named http_requests_total"
        )
    service.shows("http_requests_total 1")
    assert service.read(2.0, series=TOTAL, of="all_requests_total") == NoData(
        "the page has no series named all_requests_total"
    )


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, "does not begin with the name"),
        ({"series": "a{"}, "in braces"),
        ({"series": "a", "of": "b[5m]"}, "in braces"),
        ({"series": "a", "endpoint": "api"}, "names no endpoint 'api'"),
    ],
)
def test_a_query_that_cannot_be_read_is_an_error(service: Service, keys: dict[str, Any], reason: str) -> None:
    seen = service.read(1.0, **keys)
    assert isinstance(seen, Error)
    assert reason in seen.reason


def test_a_page_that_cannot_be_read_is_an_error(service: Service) -> None:
    service.shows("<html>")
    assert isinstance(service.read(1.0, series="up"), Error)
    service.web.text("/metrics", "", status=500)
    assert service.read(2.0, series="up") == Error("the answer has status 500")
    service.web.pages["/metrics"] = lambda handler: handler.hang_up()
    assert isinstance(service.read(3.0, series="up"), Error)


def test_an_error_in_between_does_not_break_an_increase(service: Service) -> None:
    service.counts(0, 0)
    service.read(0.0, series=TOTAL, over=Duration(60_000))
    service.web.text("/metrics", "", status=500)
    service.read(30.0, series=TOTAL, over=Duration(60_000))
    service.counts(7, 0)
    assert service.read(60.0, series=TOTAL, over=Duration(60_000)) == Value(Decimal(7), 60.0)


def test_readings_of_one_moment_share_one_scrape(service: Service) -> None:
    service.counts(1, 1)
    for at in (1.0, 2.0):
        service.read(at, series=TOTAL)
        service.read(at, series=ERRORS)
    assert len(service.web.asked) == 2


def test_readings_with_other_headers_are_other_scrapes(service: Service) -> None:
    service.counts(1, 1)
    service.read(1.0, series=TOTAL)
    service.read(1.0, series=TOTAL, headers={"X-Tenant": Header(text="a")})
    service.read(1.0, series=TOTAL, headers={"X-Tenant": Header(text="b")})
    assert len(service.web.asked) == 3


def test_a_reading_does_not_wait_for_another_beyond_its_own_time(service: Service) -> None:
    asked, enough = Event(), Event()

    def slowly(handler: Any) -> None:
        asked.set()
        enough.wait(60)
        handler.answer(Page(body=b"up 1\n"))

    service.web.pages["/metrics"] = slowly
    first = Thread(target=service.read, args=(1.0,), kwargs={"series": "up", "timeout": Duration(60_000)})
    first.start()
    assert asked.wait(60)
    seen = service.read(1.0, series="up", timeout=Duration(100))
    assert seen == Error("another reading of the same page is still under way")
    enough.set()
    first.join()
