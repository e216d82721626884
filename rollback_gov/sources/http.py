"""``http``: a number out of a JSON answer, or an answer that is nothing but a number."""

from __future__ import annotations

from typing import Any

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation
from rollback_gov.sources.client import Client, refused
from rollback_gov.sources.interface import Failure
from rollback_gov.sources.number import observe
from rollback_gov.sources.pointer import parse_json, resolve


class Http:
    """Asks an address. With a ``pointer`` the answer is JSON; ``null`` there is no data."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, query: Query, at: float) -> Observation:
        """Read the number; each reading is a new sample."""
        answer = self._client.get(query)
        if isinstance(answer, Failure):
            return Error(answer.reason)
        if reason := refused(answer):
            return Error(reason)
        if not query.pointer:
            return observe(answer.text, at)
        try:
            return _number(resolve(parse_json(answer.text), query.pointer), query.pointer, at)
        except LookupError as error:
            return Error(str(error.args[0]))
        except ValueError:
            return Error("the answer is not JSON")

    def close(self) -> None:
        """Nothing to let go of: connections belong to the book."""


def _number(value: Any, pointer: str, at: float) -> Observation:
    if value is None:
        return NoData(f"the answer has null at {pointer}")
    if not isinstance(value, str):
        return Error(f"the answer has no number at {pointer}")
    return observe(value, at)
