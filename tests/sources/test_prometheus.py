"""PromQL: how answers are read, and a real Prometheus where there is one."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from email.utils import formatdate
from typing import Any

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.book import SourceBook
from rollback_gov.sources.span import Span
from tests.servers import free_port
from tests.sources.web import Page, Web


def answer(result: Any, kind: str = "vector", **more: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": kind, "result": result}, **more}


def series(number: str, at: float = 7.5) -> dict[str, Any]:
    return {"metric": {"job": "orders"}, "value": [at, number]}


def read(book: SourceBook, web: Web, document: Any, expr: str = "sum(up)", status: int = 200) -> Observation:
    web.json("/api/v1/query", document, status=status)
    return book.read(Query(source="prometheus", url=web.url, expr=expr), 7.5)


@pytest.mark.parametrize(
    ("document", "observation"),
    [
        (answer([series("0.1")]), Value(Decimal("0.1"), 7.5)),
        (answer([7.5, "3"], "scalar"), Value(Decimal(3), 7.5)),
        (answer([]), NoData("the expression gave no series")),
        (answer([series("NaN")]), NoData("the value is NaN")),
        (answer([7.5, "+Inf"], "scalar"), NoData("the value is Infinity")),
        (
            answer([series("1"), series("2")]),
            Error("the expression gave 2 series where one is needed; aggregate it, as with sum()"),
        ),
        (answer([], "matrix"), Error("the expression gave a matrix; it must give one series or a scalar")),
        (answer([7.5, "text"], "string"), Error("the expression gave a string; it must give one series or a scalar")),
    ],
)
def test_one_finite_number_is_a_value(book: SourceBook, web: Web, document: Any, observation: Observation) -> None:
    assert read(book, web, document) == observation


def test_the_time_of_the_tick_goes_along(book: SourceBook, web: Web) -> None:
    read(book, web, answer([series("1")]))
    assert web.asked[0].fields == (("query", "sum(up)"), ("time", "7.500"), ("timeout", "5s"))


def test_the_time_is_that_of_the_servers_clock(book: SourceBook, web: Web) -> None:
    web.date = formatdate(time.time() - 3600, usegmt=True)
    for number in (1, 2):
        at = 100_000.25 + number
        web.asked.clear()
        assert isinstance(read_at(book, web, at), Value)
        times = [float(dict(asked.fields)["time"]) for asked in web.asked]
        assert times[0] == (at if number == 1 else times[-1]), "before the first answer nothing is known"
        assert at - 3601 <= times[-1] <= at - 3599
        assert times[-1] % 1 == 0.25, "the grid stays one"
        assert len(times) == 3 - number
    assert book.notes() == (f"our clock is more than a second ahead of that of 127.0.0.1:{web.server_port}",)
    web.date = ""
    web.asked.clear()
    read_at(book, web, 7.25)
    assert [dict(asked.fields)["time"] for asked in web.asked][-1] == "7.250"


def read_at(book: SourceBook, web: Web, at: float) -> Observation:
    web.json("/api/v1/query", answer([series("1")]))
    return book.read(Query(source="prometheus", url=web.url, expr="sum(up)"), at)


def test_the_samples_own_time_is_asked_for_where_the_expression_is_a_plain_selector(book: SourceBook, web: Web) -> None:
    expr = 'up{job="a}b",code=~"5.."}'
    assert read(book, web, answer([series("3")]), expr=expr) == Value(Decimal(3), 3.0)
    assert [dict(asked.fields)["query"] for asked in web.asked] == [expr, f"timestamp({expr})"]


@pytest.mark.parametrize("expr", ["rate(up[5m])", "up > 0", "up / up", "sum(up)", "1"])
def test_for_other_expressions_one_question_is_enough(book: SourceBook, web: Web, expr: str) -> None:
    read(book, web, answer([series("3")]), expr=expr)
    assert len(web.asked) == 1


def test_a_value_without_a_time_of_its_own_is_still_a_value(book: SourceBook, web: Web) -> None:
    def only_once(handler: Any) -> None:
        again = len(web.asked) > 1
        handler.answer(Page(body=json.dumps(answer([] if again else [series("3")])).encode()))

    web.pages["/api/v1/query"] = only_once
    assert book.read(Query(source="prometheus", url=web.url, expr="up"), 7.5) == Value(Decimal(3), 7.5)


@pytest.mark.parametrize("status", [400, 422, 503, 200])
def test_prometheus_own_words_explain_a_refusal(book: SourceBook, web: Web, status: int) -> None:
    document = {"status": "error", "errorType": "bad_data", "error": "parse error at char 3"}
    reason = "Prometheus refuses the query (bad_data): 'parse error at char 3'"
    assert read(book, web, document, status=status) == Error(reason)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"status": "success"},
        {"status": "success", "data": {"resultType": "vector"}},
        answer([{"value": [7.5]}]),
        answer([{"value": ["soon", "1"]}]),
        answer([{"value": [7.5, None]}]),
        answer(5),
        answer([{}]),
    ],
)
def test_an_answer_of_another_shape_is_an_error(book: SourceBook, web: Web, document: Any) -> None:
    assert read(book, web, document) == Error("the answer is not one of Prometheus' query API")


def test_a_proxys_page_is_an_error(book: SourceBook, web: Web) -> None:
    web.text("/api/v1/query", "<html>bad gateway</html>", status=502)
    query = Query(source="prometheus", url=web.url, expr="up")
    assert book.read(query, 7.5) == Error("the answer has status 502")
    web.text("/api/v1/query", "<html>please log in</html>")
    assert book.read(query, 7.5) == Error("the answer is not one of Prometheus' query API")


def test_warnings_are_kept(book: SourceBook, web: Web) -> None:
    read(book, web, answer([series("1")], warnings=["store a is away"], infos=["metric might not be a counter"]))
    assert book.notes() == (
        "warning of Prometheus: 'store a is away'",
        "info of Prometheus: 'metric might not be a counter'",
    )


def test_a_query_without_an_expression_is_an_error(book: SourceBook) -> None:
    assert book.read(Query(source="prometheus"), 7.5) == Error("the query has no expression: give it an `expr`")


def test_a_prometheus_that_does_not_run_is_an_error(book: SourceBook) -> None:
    query = Query(source="prometheus", url=f"http://127.0.0.1:{free_port()}", expr="up")
    seen = book.read(query, 7.5)
    assert isinstance(seen, Error)
    assert "refuses connections" in seen.reason


class TestSpan:
    """What was: one question for many times."""

    SPAN = Span(start=60_000, step=30_000, count=4)

    def read(self, book: SourceBook, web: Web, matrix: Any, expr: str = "sum(up)", **more: Any) -> Any:
        document = {"status": "success", "data": {"resultType": "matrix", "result": matrix}, **more}
        web.json("/api/v1/query_range", document)
        return book.read_span(Query(source="prometheus", url=web.url, expr=expr), self.SPAN)

    def test_each_time_has_its_observation(self, book: SourceBook, web: Web) -> None:
        matrix = [{"metric": {}, "values": [[60, "1"], [90, "NaN"], [150.0, "0.5"]]}]
        assert self.read(book, web, matrix) == [
            Value(Decimal(1), 60.0),
            NoData("the value is NaN"),
            NoData("the expression gave no series"),
            Value(Decimal("0.5"), 150.0),
        ]
        (asked,) = web.asked
        assert dict(asked.fields) == {
            "query": "sum(up)",
            "start": "60.000",
            "end": "150.000",
            "step": "30.000",
            "timeout": "1m",
        }

    def test_two_series_are_an_error_only_where_both_are(self, book: SourceBook, web: Web) -> None:
        matrix = [{"values": [[60, "1"], [90, "1"]]}, {"values": [[90, "2"], [120, "2"]]}]
        several = "the expression gave 2 series where one is needed; aggregate it, as with sum()"
        assert self.read(book, web, matrix)[:3] == [Value(Decimal(1), 60.0), Error(several), Value(Decimal(2), 120.0)]

    def test_infinity_is_a_number_only_where_it_is_asked_for(self, book: SourceBook, web: Web) -> None:
        matrix = [{"values": [[60, "+Inf"]]}]
        assert self.read(book, web, matrix)[0] == NoData("the value is Infinity")
        query = Query(source="prometheus", url=web.url, expr="sum(up)")
        seen = book.read_span(query, self.SPAN, infinite=True)
        assert not isinstance(seen, Error)
        assert seen[0] == Value(Decimal("Infinity"), 60.0)

    def test_a_plain_selector_gives_the_samples_own_times(self, book: SourceBook, web: Web) -> None:
        assert self.read(book, web, [{"values": [[60, "42"]]}], expr="up")[0] == Value(Decimal(42), 42.0)
        assert [dict(asked.fields)["query"] for asked in web.asked] == ["up", "timestamp(up)"]

    def test_the_samples_times_are_asked_for_in_short_pieces(self, book: SourceBook, web: Web) -> None:
        web.json("/api/v1/query_range", {"status": "success", "data": {"result": []}})
        seen = book.read_span(Query(source="prometheus", url=web.url, expr="up"), Span(0, 1000, 600))
        assert len(seen) == 600  # type: ignore[arg-type]
        assert [dict(asked.fields)["start"] for asked in web.asked] == ["0.000", "0.000", "250.000", "500.000"]
        assert dict(web.asked[-1].fields)["end"] == "599.000"

    @pytest.mark.parametrize(
        "matrix", [[{}], 5, [{"values": [[0, "1"]]}], [{"values": [[9999, "1"]]}], [{"values": "x"}]]
    )
    def test_an_answer_of_another_shape_is_an_error(self, book: SourceBook, web: Web, matrix: Any) -> None:
        assert self.read(book, web, matrix) == Error("the answer is not one of Prometheus' query API")

    def test_what_it_refuses_is_an_error_and_so_is_a_refused_second_question(self, book: SourceBook, web: Web) -> None:
        refusal = {"status": "error", "errorType": "bad_data", "error": "no"}
        web.json("/api/v1/query_range", refusal, status=400)
        query = Query(source="prometheus", url=web.url, expr="up")
        assert book.read_span(query, self.SPAN) == Error("Prometheus refuses the query (bad_data): 'no'")

        def second(handler: Any) -> None:
            fine = {"status": "success", "data": {"result": []}}
            is_first = dict(web.asked[-1].fields)["query"] == "up"
            handler.answer(Page(body=json.dumps(fine if is_first else refusal).encode()))

        web.pages["/api/v1/query_range"] = second
        assert book.read_span(query, self.SPAN) == Error("Prometheus refuses the query (bad_data): 'no'")

    def test_without_an_expression_there_is_no_history_and_warnings_are_kept(self, book: SourceBook, web: Web) -> None:
        assert book.read_span(Query(source="prometheus"), self.SPAN) == Error(
            "the query has no expression: give it an `expr`"
        )
        self.read(book, web, [], warnings=["store a is away"])
        assert book.notes() == ("warning of Prometheus: 'store a is away'",)

    def test_other_sources_keep_no_history(self, book: SourceBook) -> None:
        assert not book.has_history(Query(source="http"))
        assert book.read_span(Query(source="http"), self.SPAN) == Error("the source 'http' keeps no history")


class TestRealPrometheus:
    """The same against the real program."""

    @pytest.mark.parametrize(
        ("expr", "kind"),
        [
            ("vector(0.25)", Value),
            ("scalar(vector(2))", Value),
            ("1", Value),
            ("absent_metric", NoData),
            ("vector(0) / vector(0)", NoData),
            ("vector(1) / vector(0)", NoData),
            ('label_replace(vector(1), "a", "b", "", "") or vector(2)', Error),
            ("up[5m]", Error),
            ('"text"', Error),
            ("sum(", Error),
        ],
    )
    def test_every_kind_of_answer_is_understood(self, prometheus: str, book: SourceBook, expr: str, kind: type) -> None:
        seen = book.read(Query(source="prometheus", url=prometheus, expr=expr, timeout=Duration(4_000)), time.time())
        assert isinstance(seen, kind), seen

    @pytest.mark.parametrize("expr", ["up", "sum(up) * 0.1", "vector(1) / vector(0)", "absent_metric", "time()", "1"])
    def test_a_span_is_what_single_questions_give(self, prometheus: str, book: SourceBook, expr: str) -> None:
        query = Query(source="prometheus", url=prometheus, expr=expr)
        limit = time.monotonic() + 60
        while not isinstance(book.read(query, time.time()), Value) and expr == "up" and time.monotonic() < limit:
            time.sleep(0.1)
        now = int(time.time()) * 1000
        span = Span(now - 8_000, 500, 10)
        assert book.read_span(query, span) == [book.read(query, at / 1000) for at in span.times]

    def test_a_sample_is_new_only_when_it_was_scraped_again(self, prometheus: str, book: SourceBook) -> None:
        query = Query(source="prometheus", url=prometheus, expr='up{job="self"}')
        limit = time.monotonic() + 60
        while not isinstance(book.read(query, time.time()), Value) and time.monotonic() < limit:
            time.sleep(0.1)
        samples, began = [], time.monotonic()
        for _ in range(24):
            seen = book.read(query, time.time())
            assert isinstance(seen, Value)
            samples.append(seen.sample)
            time.sleep(0.05)
        scrapes = int(time.monotonic() - began) + 2  # one a second
        assert 1 <= len(set(samples)) <= scrapes
