"""``prometheus``: PromQL through the API of instant queries, and of range queries for what was.

https://prometheus.io/docs/prometheus/latest/querying/api/#expression-queries
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.client import Client, refused
from rollback_gov.sources.interface import Answer, Failure, Reply
from rollback_gov.sources.number import excerpt, observe
from rollback_gov.sources.pointer import parse_json
from rollback_gov.sources.server_clock import ServerClock
from rollback_gov.sources.span import Span

_PLAIN_SELECTOR = re.compile(r'\s*[a-zA-Z_:][\w:]*\s*(\{([^{}"]|"([^"\\]|\\.)*")*\})?\s*', re.ASCII)

SHORT = 250
MOST_BYTES = 33_554_432
RANGE_TIMEOUT = Duration(60_000)
_ODD = (LookupError, TypeError, ValueError, AttributeError)
_ODD_ANSWER = "the answer is not one of Prometheus' query API"
_Points: TypeAlias = tuple[str, ...]
"""The numbers of all series at one time, as text."""


class Prometheus:
    """Evaluates an expression at the time of the reading, by the server's clock: one series, or a scalar."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._clock = ServerClock()

    def read(self, query: Query, at: float) -> Observation:
        """Evaluate. Several series are an error, because choosing one of them would be a guess.

        The answer carries the time of evaluation and not of the scrape. Where the expression is a plain selector the
        sample's own time is asked for too, so that one scrape is never counted as two.
        """
        if not query.expr:
            return Error("the query has no expression: give it an `expr`")
        observation = self._evaluate(query, query.expr, at)
        if isinstance(observation, Value) and _PLAIN_SELECTOR.fullmatch(query.expr):
            scraped = self._evaluate(query, f"timestamp({query.expr})", at)
            if isinstance(scraped, Value):
                return Value(observation.number, float(scraped.number))
        return observation

    def read_span(self, query: Query, span: Span, *, infinite: bool = False) -> Sequence[Observation] | Error:
        """Evaluate at each time of a span: the same as ``read`` at each of them, with one request for many."""
        if not query.expr:
            return Error("the query has no expression: give it an `expr`")
        patient = replace(query, timeout=max(query.timeout, RANGE_TIMEOUT))
        found = self._range(patient, query.expr, span)
        samples: list[_Points] | Error = [()] * span.count
        if _PLAIN_SELECTOR.fullmatch(query.expr):
            samples = self._sample_times(patient, span)
        if isinstance(found, Error):
            return found
        if isinstance(samples, Error):
            return samples
        return [
            _at_one_time(points, sample[0] if len(sample) == 1 else f"{at / 1000:.3f}", infinite=infinite)
            for at, points, sample in zip(span.times, found, samples, strict=True)
        ]

    def close(self) -> None:
        """Nothing to let go of: connections belong to the book."""

    def _evaluate(self, query: Query, expression: str, at: float) -> Observation:
        answer = self._ask(query, expression, at)
        if self._clock.heard(answer):
            answer = self._ask(query, expression, at)
        document = self._heard(answer)
        if isinstance(document, Error):
            return document
        try:
            return _observation(document["data"]["resultType"], document["data"]["result"])
        except _ODD:
            return Error(_ODD_ANSWER)

    def _ask(self, query: Query, expression: str, at: float) -> Answer:
        moment, timeout = f"{self._clock.time_of(at):.3f}", str(self._client.timeout(query))
        fields = (("query", expression), ("time", moment), ("timeout", timeout))
        return self._client.get(query, suffix="api/v1/query", fields=fields)

    def _sample_times(self, query: Query, span: Span) -> list[_Points] | Error:
        """Ask when each sample was scraped, in short pieces: Prometheus begins its search anew for every time."""
        found: list[_Points] = []
        for piece in span.pieces(SHORT):
            part = self._range(query, f"timestamp({query.expr})", piece)
            if isinstance(part, Error):
                return part
            found += part
        return found

    def _range(self, query: Query, expression: str, span: Span) -> list[_Points] | Error:
        """Evaluate a range and give what each time has: no number, one, or too many."""
        last = span.times[-1]
        fields = (
            ("query", expression),
            *(
                ("start", f"{span.start / 1000:.3f}"),
                ("end", f"{last / 1000:.3f}"),
                ("step", f"{span.step / 1000:.3f}"),
            ),
            ("timeout", str(self._client.timeout(query))),
        )
        document = self._heard(self._client.get(query, suffix="api/v1/query_range", fields=fields, most=MOST_BYTES))
        if isinstance(document, Error):
            return document
        try:
            return _by_time(document["data"]["result"], span)
        except _ODD:
            return Error(_ODD_ANSWER)

    def _heard(self, answer: Answer) -> dict[str, Any] | Error:
        """Give the document of an answer, and note what Prometheus says beside it."""
        document = _document(answer)
        if not isinstance(document, Error):
            for kind in ("warnings", "infos"):
                for text in document.get(kind) or ():
                    self._client.note(f"{kind.rstrip('s')} of Prometheus: {excerpt(str(text), 200)}")
        return document


def _document(answer: Answer) -> dict[str, Any] | Error:
    """Give the answer of a query that succeeded. Prometheus explains a status from 400 in the body."""
    if isinstance(answer, Failure):
        return Error(answer.reason)
    document = _json(answer)
    if document.get("status") == "success" and not refused(answer):
        return document
    if document.get("status") == "error":
        explanation = excerpt(str(document.get("error")), 200)
        return Error(f"Prometheus refuses the query ({document.get('errorType')}): {explanation}")
    return Error(refused(answer) or _ODD_ANSWER)


def _json(reply: Reply) -> dict[str, Any]:
    try:
        document = parse_json(reply.text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _observation(kind: str, result: Any) -> Observation:
    if kind == "vector":
        if not result:
            return _no_series()
        if len(result) > 1:
            return _several(len(result))
        moment, number = result[0]["value"]
    elif kind == "scalar":
        moment, number = result
    else:
        return Error(f"the expression gave a {kind}; it must give one series or a scalar")
    return observe(number, float(moment))


def _no_series() -> NoData:
    return NoData("the expression gave no series")


def _several(number: int) -> Error:
    return Error(f"the expression gave {number} series where one is needed; aggregate it, as with sum()")


def _by_time(matrix: Any, span: Span) -> list[_Points]:
    """Sort the points of all series by their time. Raises what a strange answer raises."""
    found: list[_Points] = [()] * span.count
    for series in matrix:
        for moment, number in series["values"]:
            index = (round(float(moment) * 1000) - span.start) // span.step
            if index < 0:
                raise ValueError("a time before the first that was asked for")
            found[index] = (*found[index], number)
    return found


def _at_one_time(points: _Points, sample: str, *, infinite: bool) -> Observation:
    if not points:
        return _no_series()
    return observe(points[0], float(sample), infinite=infinite) if len(points) == 1 else _several(len(points))
