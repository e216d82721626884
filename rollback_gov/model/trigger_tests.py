"""Case files for triggers: readings that are given, and what has to come of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record


class Series(Record):
    """The readings of one trigger, each a text in promtool's notation: of its query, and of what it is held against."""

    SHORTHAND = "value"
    value: str = ""
    above: str = ""
    below: str = ""
    at_least: str = ""
    at_most: str = ""
    floor: str = ""
    volume: str = ""
    volume_least: str = ""
    alive: str = ""
    control: str = ""


class SignalReport(Record):
    """People reported a signal ``count`` times, so long after the beginning."""

    at: Duration
    count: int = 1


class ExpectedDecision(Record):
    """The decision that has to stand at a time; what is left out may be anything."""

    SHORTHAND = "action"
    action: Literal["none", "monitor", "prepare", "mitigate", "investigate", "page", "rollback"]
    band: int | None = None
    scenario: str | None = None
    deadline: Duration | None = None
    triggers: tuple[str, ...] = ()
    conduct: Literal["tell", "ask", "act"] | None = None


class Expectation(Record):
    """What has to be true so long after the beginning. ``nothing``: no trigger has fired, nothing was decided."""

    at: Duration
    triggers: Mapping[str, str] | None = None
    decision: ExpectedDecision | None = None
    nothing: bool = False


class Case(Record):
    """One case: readings every ``interval``, reports of people, the baseline's numbers, and expectations."""

    name: str
    interval: Duration | None = None
    mode: Literal["observe", "confirm", "auto"] | None = None
    baseline: Mapping[str, Decimal] | None = None
    series: Mapping[str, Series] | None = None
    reports: Mapping[str, tuple[SignalReport, ...]] | None = None
    expect: tuple[Expectation, ...]


class TriggerTests(Record):
    """A case file."""

    cases: tuple[Case, ...]
