"""``prometheus``: PromQL through the instant query API.

https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

import re
from typing import Any

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.client import Client, refused
from rollback_gov.sources.interface import Answer, Failure, Reply
from rollback_gov.sources.number import excerpt, observe
from rollback_gov.sources.pointer import parse_json

_PLAIN_SELECTOR = re.compile(r'\s*[a-zA-Z_:][\w:]*\s*(\{([^{}"]|"([^"\\]|\\.)*")*\})?\s*', re.ASCII)


class Prometheus:
    """Evaluates an expression at the time of the reading; it must give one series or a scalar."""

    def __init__(self, client: Client) -> None:
        self._client = client

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

    def close(self) -> None:
        """Nothing to let go of: connections belong to the book."""

    def _evaluate(self, query: Query, expression: str, at: float) -> Observation:
        timeout = str(self._client.timeout(query))
        fields = (("query", expression), ("time", f"{at:.3f}"), ("timeout", timeout))
        answer = self._client.get(query, suffix="api/v1/query", fields=fields)
        document = _document(answer)
        if isinstance(document, Error):
            return document
        for kind in ("warnings", "infos"):
            for text in document.get(kind) or ():
                self._client.note(f"{kind.rstrip('s')} of Prometheus: {excerpt(str(text), 200)}")
        try:
            return _observation(document["data"]["resultType"], document["data"]["result"])
        except (LookupError, TypeError, ValueError, AttributeError):
            return Error("the answer is not one of Prometheus' query API")


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
    return Error(refused(answer) or "the answer is not one of Prometheus' query API")


def _json(reply: Reply) -> dict[str, Any]:
    try:
        document = parse_json(reply.text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _observation(kind: str, result: Any) -> Observation:
    if kind == "vector":
        if not result:
            return NoData("the expression gave no series")
        if len(result) > 1:
            return Error(f"the expression gave {len(result)} series where one is needed; aggregate it, as with sum()")
        moment, number = result[0]["value"]
    elif kind == "scalar":
        moment, number = result
    else:
        return Error(f"the expression gave a {kind}; it must give one series or a scalar")
    return observe(number, float(moment))
