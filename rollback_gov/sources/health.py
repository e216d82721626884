"""``health``: a probe. 1 is healthy, 0 is not.

A service that refuses connections, hangs up or keeps silent is exactly what a health trigger waits for, so that is the
value 0 and no error. A name that cannot be resolved, a certificate that is not trusted, a network without a way there,
a redirect, credentials that are refused or a probe that comes too often say nothing about the service: those are
errors, and never roll anything back.
"""

from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.sources.client import Client, refused
from rollback_gov.sources.interface import Failure

OUR_FAULT = (401, 403, 407, 429)
"""Who asks is refused, whatever the service's health is."""


class Health:
    """Probes an address, each time over a new connection: an old one may lead to a process that is on its way out."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, query: Query, at: float) -> Observation:
        """Give 1 for a status 2xx, and 0 with a note for most from 400 on or no answer; each probe is a new sample."""
        answer = self._client.get(query, fresh=True)
        if isinstance(answer, Failure):
            return self._unhealthy(answer.reason, at) if answer.down else Error(answer.reason)
        if 200 <= answer.status < 300:
            return Value(Decimal(1), at)
        if answer.status >= 400 and answer.status not in OUR_FAULT:
            return self._unhealthy(refused(answer), at)
        return Error(refused(answer))

    def close(self) -> None:
        """Nothing to let go of: every probe has its own connection."""

    def _unhealthy(self, reason: str, at: float) -> Observation:
        self._client.note(f"unhealthy: {reason}")
        return Value(Decimal(0), at)
