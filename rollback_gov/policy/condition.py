"""One comparison of a trigger: a value, an operator, and what the value is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from rollback_gov.policy.promql.expression import Expression


class Condition(Record):
    """One comparison of a trigger. ``key`` is where it stands: ``above``, or ``query`` for one in the expression."""

    key: str
    value: Expression | None
    """None where the source is not asked in PromQL."""
    operator: str
    number: float | None = None
    against: Expression | None = None
    times: float = 1.0
    moving: bool = False
    """It is compared with the baseline or with another query."""
