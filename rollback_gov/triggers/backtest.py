"""What triggers would have done, held against the incidents that there were. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record
from rollback_gov.triggers.alarms import Alarm, Alarms
from rollback_gov.triggers.tick import Rules

AROUND = Duration(600_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What really happened, from when to when (seconds since the epoch)."""

    name: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An incident and the first alarm that belongs to it.

    ``delay`` is the seconds from the incident's beginning to the alarm, below zero when the alarm came first; None for
    an incident that nothing found.
    """

    incident: Incident
    alarm: Alarm | None
    delay: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Incidents with what found them, and the alarms that belong to none."""

    found: tuple[Found, ...]
    false: tuple[Alarm, ...]

    @property
    def missed(self) -> tuple[Incident, ...]:
        """The incidents that nothing found."""
        return tuple(one.incident for one in self.found if one.alarm is None)

    @property
    def delays(self) -> tuple[float, ...]:
        """Seconds from the beginning of each incident that was found to its first alarm."""
        return tuple(one.delay for one in self.found if one.delay is not None)

    @property
    def median_delay(self) -> float | None:
        """The delay in the middle, in seconds."""
        return median(self.delays) if self.delays else None


class Question(Record):
    """What to look back at: from when to when (seconds since the epoch), and what is known of that time.

    An alarm up to ``around`` before an incident belongs to it. ``every`` is for triggers without an own interval.
    ``like_prometheus``: judge as Prometheus' own alerts would.
    """

    begins: float
    ends: float
    incidents: tuple[Incident, ...] = ()
    around: Duration = AROUND
    every: Duration | None = None
    like_prometheus: bool = False


class Backtest(Record):
    """What would have happened. ``without`` names the triggers that have no history, each with its kind of source.

    ``score`` is that of the rollbacks, ``scores`` those of each trigger for itself.
    """

    operation: str
    environment: str
    question: Question
    rules: Rules
    alarms: Alarms
    score: Score
    scores: Mapping[str, Score]
    without: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def saw_nothing(self) -> bool:
        """No trigger could be evaluated at any time."""
        return all(self.alarms.unseen[name] == number for name, number in self.alarms.readings.items())

    @property
    def is_right(self) -> bool:
        """Every known incident was found, and nothing else; true where no incidents were named."""
        return not self.question.incidents or not (self.score.missed or self.score.false)


def score(raised: Sequence[Alarm], incidents: Sequence[Incident], *, around: float) -> Score:
    """Compare alarms with incidents.

    An alarm belongs to an incident if it began between ``around`` seconds before the incident and its end. Whatever
    began at another time is false, also where it lasted into an incident: it would have rolled back without one.
    """
    belongs = [[alarm for alarm in raised if _within(alarm, incident, around)] for incident in incidents]
    true = {id(alarm) for group in belongs for alarm in group}
    found = tuple(_found(incident, group) for incident, group in zip(incidents, belongs, strict=True))
    return Score(found=found, false=tuple(alarm for alarm in raised if id(alarm) not in true))


def _within(alarm: Alarm, incident: Incident, around: float) -> bool:
    return incident.begins - around <= alarm.at <= incident.ends


def _found(incident: Incident, belonging: Sequence[Alarm]) -> Found:
    first = min(belonging, key=lambda alarm: alarm.at, default=None)
    return Found(incident=incident, alarm=first, delay=first.at - incident.begins if first else None)
