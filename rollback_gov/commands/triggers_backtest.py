"""Looking back: what the triggers of a plan would have done, and how that compares with known incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rollback_gov.commands.target import Target
from rollback_gov.commands.triggers_history import Told, keeps_no_history, read_history
from rollback_gov.commands.watch import WatchOptions, rules_of
from rollback_gov.commands.watch_sources import open_sources
from rollback_gov.commands.world import World
from rollback_gov.model.duration import Duration
from rollback_gov.model.errors import UsageError
from rollback_gov.model.incident import KnownIncident, KnownIncidents
from rollback_gov.plans.load import load_record
from rollback_gov.sources.book import SourceBook
from rollback_gov.triggers.alarms import Alarms, alarms
from rollback_gov.triggers.backtest import Backtest, Incident, Question, Score, score
from rollback_gov.triggers.follow import follow, like_prometheus
from rollback_gov.triggers.tick import Rules


def backtest(target: Target, world: World, question: Question, *, told: Told = lambda _done, _all: None) -> Backtest:
    """Run the machines of a watch over the history of its sources. ``told`` hears how the reading goes on.

    Raises UsageError for a plan without triggers, where no trigger has a history, and where one cannot be read.
    """
    if question.ends <= question.begins:
        raise UsageError("The history ends before it begins.", hint="Give --from a time before --to.")
    plan = target.loaded.require()
    rules = rules_of(plan, target.baseline_folder, WatchOptions(every=question.every))
    with open_sources(target, world) as book:
        rules, without = _with_history(rules, book)
        if question.like_prometheus:
            rules = replace(rules, triggers=tuple(map(like_prometheus, rules.triggers)))
        infinite = question.like_prometheus
        history = read_history(book, rules, question.begins, question.ends, infinite=infinite, told=told)
        raised, notes = alarms(follow(rules, history)), book.notes()
    return Backtest(
        operation=plan.metadata.operation,
        environment=target.environment,
        question=question,
        rules=rules,
        alarms=raised,
        score=score(raised.rollbacks, question.incidents, around=question.around.seconds),
        scores=_scores(rules, raised, question),
        without=without,
        notes=notes,
    )


def incidents_of(file: Path | None, spans: Sequence[tuple[str, str]]) -> tuple[Incident, ...]:
    """Read the incidents of a file, and those given as (from, to), in the order of time.

    Raises Refused for a file that is wrong, UsageError for a time that is none.
    """
    known = load_record(file, "incidents-v1", KnownIncidents).incidents if file else ()
    named = [*known, *(KnownIncident(from_=begins, to=ends) for begins, ends in spans)]
    made = [_incident(incident, f"incident {number}") for number, incident in enumerate(named, start=1)]
    return tuple(sorted(made, key=lambda incident: incident.begins))


def moment(text: str, *, now: float) -> float:
    """Read a time in seconds since the epoch: ISO 8601 (UTC without a zone), or a duration before now such as ``6d``.

    Raises ValueError with a whole sentence.
    """
    try:
        return now - Duration.parse(text).seconds
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"'{text}' is not a time. Write 2026-11-03T14:30:00Z, or how long ago, such as 6d or 90m."
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _incident(known: KnownIncident, number: str) -> Incident:
    name = known.name or number
    try:
        begins, ends = (moment(text, now=float("nan")) for text in (known.from_, known.to))
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None
    if not begins <= ends:
        raise UsageError(f"{name} has to have a beginning and an end, in this order, as times such as {_EXAMPLE}.")
    return Incident(name=name, begins=begins, ends=ends)


_EXAMPLE = "2026-11-03T14:30:00Z"


def _with_history(rules: Rules, book: SourceBook) -> tuple[Rules, dict[str, str]]:
    """Leave out the triggers whose sources only know of now. Raises UsageError where that leaves none."""
    without = {trigger.id: kind for trigger in rules.triggers if (kind := keeps_no_history(trigger, book))}
    if len(without) == len(rules.triggers):
        kinds = ", ".join(sorted(set(without.values())))
        raise UsageError(
            f"No trigger of the plan has a history: {kinds} only knows of now.",
            hint="A backtest needs triggers that read from Prometheus.",
        )
    kept = tuple(trigger for trigger in rules.triggers if trigger.id not in without)
    return replace(rules, triggers=kept), without


def _scores(rules: Rules, raised: Alarms, question: Question) -> dict[str, Score]:
    return {
        trigger.id: score(
            [alarm for alarm in raised.firings if alarm.what == trigger.id],
            question.incidents,
            around=question.around.seconds,
        )
        for trigger in rules.triggers
    }
