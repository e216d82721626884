"""``alertmanager``: how many alerts are active (API v2)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.sources.client import Client, refused
from rollback_gov.sources.interface import Failure
from rollback_gov.sources.pointer import parse_json

_ACTIVE = (("active", "true"), ("silenced", "false"), ("inhibited", "false"), ("unprocessed", "false"))


class Alertmanager:
    """Counts active alerts whose labels are those of ``alerts``; silenced and inhibited ones do not count."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, query: Query, at: float) -> Observation:
        """Count; no alert is the value 0. Each reading is a new sample."""
        return self.read_since(query, at, since=float("-inf"))

    def read_since(self, query: Query, at: float, *, since: float) -> Observation:
        """Count the alerts that began after a time (seconds since the epoch); one that does not say when is new."""
        filters = tuple(("filter", f"{label}={_quoted(value)}") for label, value in (query.alerts or {}).items())
        answer = self._client.get(query, suffix="api/v2/alerts", fields=_ACTIVE + filters)
        if isinstance(answer, Failure):
            return Error(answer.reason)
        if reason := refused(answer):
            return Error(reason)
        try:
            alerts = parse_json(answer.text)
        except ValueError:
            return Error("the answer is not JSON")
        if not isinstance(alerts, list):
            return Error("the answer is no list of alerts")
        return Value(Decimal(sum(_began(alert) > since for alert in alerts)), at)

    def close(self) -> None:
        """Nothing to let go of: connections belong to the book."""


def _began(alert: object) -> float:
    """When an alert began, in seconds since the epoch."""
    try:
        return datetime.fromisoformat(alert["startsAt"]).timestamp()  # type: ignore[index]
    except (TypeError, LookupError, ValueError, OverflowError):
        return float("inf")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
