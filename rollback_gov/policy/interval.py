"""Between which numbers a value lies."""

from __future__ import annotations

import math

from rollback_gov.model.record import Record


class Range(Record, kw_only=False):
    """Both ends belong to it; infinite where nothing is known."""

    low: float = -math.inf
    high: float = math.inf


ANY, POSITIVE, SHARE = Range(), Range(0.0), Range(0.0, 1.0)
