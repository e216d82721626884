"""Why a rollback was decided, in the words that every report repeats."""

from __future__ import annotations

from rollback_gov.model.record import Record


class RollbackReason(Record):
    """Who or what decided, and on which measurement. Whatever nobody said is the empty string.

    ``trigger`` is the id of the trigger that fired; ``metric``, ``value``, ``threshold`` and ``duration`` say what it
    measured; ``first_breach`` is UTC (ISO 8601). ``impact``, ``quick_fix`` and ``authorised_by`` come from people.
    ``gates`` is what a watch asked before it began, and what was said.
    """

    text: str
    decided_by: str = ""
    trigger: str = ""
    metric: str = ""
    value: str = ""
    threshold: str = ""
    duration: str = ""
    first_breach: str = ""
    impact: str = ""
    quick_fix: str = ""
    authorised_by: str = ""
    gates: str = ""
