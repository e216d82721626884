"""Where each number of a document comes from: an event of the journal, or a computation from named events.

The computations stand here a second time, from the raw events, so that a mistake in a report does not excuse itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rollback_gov.model.event import Event
from rollback_gov.reports.fact import Seconds

Events = Sequence[Event]
_OF_LISTS = frozenset({"1"})
"""What our templates may say themselves: the number of a list's first item. Every other number is somebody's fact."""
TOKEN = re.compile(r"\d[\w.:%/-]*")


def scalars(value: Any) -> Iterator[Any]:
    """Everything in a document that is no container."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield key
            yield from scalars(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from scalars(entry)
    else:
        yield value


def said_by(events: Events) -> set[Any]:
    """Every scalar of the journal."""
    return {value for event in events for value in (event.at, *scalars(event.data))}


def of(events: Events, type_: str) -> list[Mapping[str, Any]]:
    return [event.data for event in events if event.type == type_]


def last(events: Events, type_: str) -> Mapping[str, Any]:
    return (of(events, type_) or [{}])[-1]


def span(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def seconds_spent(events: Events) -> float:
    return float((last(events, "run.verified") or last(events, "run.finished"))["seconds"])


def kept(events: Events, limit: str) -> bool:
    done = last(events, "run.finished")["result"] == "passed" and bool(of(events, "run.verified"))
    return done and seconds_spent(events) <= last(events, "run.started")[limit]


def within(events: Events) -> list[bool]:
    """Whether each way through a phase that has ended and has a budget kept it, from start and end of the phase."""
    budget = {data["phase"]: data["budget_seconds"] for data in of(events, "phase.started")}
    ends = of(events, "phase.finished")
    return [data["seconds"] <= budget[data["phase"]] for data in ends if budget[data["phase"]]]


def ended_by_hand(events: Events) -> bool:
    decided = any(data["by"] for data in of(events, "gate.decided"))
    by_hand = any(data["result"] == "by_hand" for data in of(events, "step.finished"))
    started = last(events, "run.started")
    is_part = bool(started["region"]) and started["run"].endswith(f".{started['region']}")
    resumed = bool(of(events, "run.resumed")) and not is_part
    return decided or by_hand or resumed or any(data["by"] for data in of(events, "step.settled"))


def ways(events: Events) -> int:
    begun = [data["phase"] for data in of(events, "phase.started")]
    return 1 + len(begun) - len(set(begun))


def given_up(events: Events) -> set[float]:
    """How long each alternative took that was given up for the next one."""
    starts = [event for event in events if event.type == "phase.started"]
    pairs = [
        (a, b) for number, a in enumerate(starts) for b in starts[number + 1 :] if a.data["phase"] == b.data["phase"]
    ]
    return {span(a.at, b.at) for a, b in pairs}


def steps_in_the_journal(events: Events) -> set[float]:
    """From the intent of each step to its end, also where the process died between."""
    began = {event.data["step"]: event.at for event in events if event.type == "step.intent"}
    ends = [event for event in events if event.type == "step.finished" and event.data["step"] in began]
    return {span(began[event.data["step"]], event.at) for event in ends}


def captures(events: Events) -> str:
    results = [data["result"] == "kept" for data in of(events, "capture.finished")]
    return f"{sum(results)} of {len(results)}"


def checks_passed(events: Events) -> bool:
    ends = [data["result"] for data in of(events, "phase.finished") if data["phase"] == "verification"]
    return bool(ends[-1] == "passed")


def started(events: Events) -> Mapping[str, Any]:
    return last(events, "run.started")


def breach(events: Events) -> str:
    return str(started(events)["reason"]["first_breach"])


def verified(events: Events) -> str:
    return next(event.at for event in events if event.type == "run.verified")


def ended(events: Events) -> str:
    return next(event.at for event in events if event.type == "run.finished")


DERIVED: Mapping[str, Callable[[Events], Any]] = {
    "severity": lambda events: {4: "critical", 3: "high", 2: "medium", 1: "low"}[started(events)["level"]],
    "trigger.delay": lambda events: span(breach(events), started(events)["decided_at"]),
    "sla.met": lambda events: kept(events, "sla_seconds"),
    "sla.target_met": lambda events: kept(events, "target_seconds"),
    "sla.buffer": lambda events: round(started(events)["sla_seconds"] - seconds_spent(events), 3),
    "sla.gate_time": lambda events: round(sum((data["seconds"] for data in of(events, "gate.decided")), 0.0), 3),
    "sla.recovery": lambda events: span(breach(events), verified(events)),
    "execution.forward_fix": lambda events: last(events, "run.finished")["forward_fix"],
    "execution.attempts": ways,
    "execution.automated": lambda events: (
        not ended_by_hand(events) and last(events, "run.finished")["result"] != "failed"
    ),
    "execution.verification_passed": checks_passed,
    "execution.within_budget": lambda events: f"{sum(within(events))} of {len(within(events))}",
    "execution.evidence_kept": captures,
    "phases.within_budget": lambda events: {True, False} & set(within(events)),
    "phases.seconds": given_up,
    "steps.seconds": steps_in_the_journal,
    "regions.met": lambda events: {data["sla_met"] for data in of(events, "region.finished")},
    "processes": lambda events: 1 + len(of(events, "run.resumed")),
}
"""What is computed, by its path in the record; a set holds what any one of a list may be."""


def untraced(record: Mapping[str, Any], events: Events) -> list[str]:
    """Give the paths of a record whose value is neither in the journal nor what its computation gives."""
    known = said_by(events)
    return [path for path, value, how in _leaves(record, "") if not _is_traced(path, value, how, known, events)]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    if isinstance(value, Mapping) and value.keys() == {"value", "provenance", "source"}:
        yield path, value["value"], value["provenance"]
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _leaves(entry, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, path)
    elif isinstance(value, int | float) and not isinstance(value, bool) and path != "version":
        yield path, value, "plain"


def _is_traced(path: str, value: Any, how: str, known: set[Any], events: Events) -> bool:
    if how == "not measured":
        return value is None
    if path in DERIVED and (how == "derived" or path == "processes"):
        wanted = DERIVED[path](events)
        return value in wanted if isinstance(wanted, set) else bool(value == wanted)
    return how in ("measured", "entered", "plain") and value in known


def plan_accuracy(events: Events) -> float | None:
    """1 less the share of the budgets by which phases took longer; a phase that was tried again counts once."""
    budget = {data["phase"]: data["budget_seconds"] for data in of(events, "phase.started")}
    took = {data["phase"]: data["seconds"] for data in of(events, "phase.finished") if budget[data["phase"]]}
    beyond = sum(max(seconds - budget[phase], 0.0) for phase, seconds in took.items())
    return round(max(1 - beyond / sum(budget[phase] for phase in took), 0.0), 3) if took else None


def untraced_figures(figures: Any, events: Events) -> list[float]:
    """Give the numbers of a JSON document that are neither in the journal nor computed from it."""
    known = {*said_by(events), *_spans(events), plan_accuracy(events)}
    known |= {value for value in _computed(events) if isinstance(value, int | float)}
    known |= {_ratio(value) for value in said_by(events) if isinstance(value, str)}
    numbers = (value for value in scalars(figures) if isinstance(value, int | float) and not isinstance(value, bool))
    return sorted({value for value in numbers if value not in known})


def _ratio(text: str) -> float | None:
    """What a trigger's text such as ``above 20%`` says as a ratio, or ``above 5`` as a number."""
    found = re.findall(r"(\d+(?:\.\d+)?)\s*(%?)", text)
    return float(found[0][0]) / (100 if found[0][1] else 1) if len(found) == 1 else None


def untraced_tokens(text: str, events: Events) -> list[str]:
    """Give the numbers of a document that are neither in the journal nor computed from it."""
    known = set(_tokens(" ".join(str(value) for value in said_by(events))))
    known |= {token for value in _spans(events) for token in _tokens(str(Seconds(value)))}
    known |= set(_tokens(" ".join(str(value) for value in _computed(events))))
    known |= _OF_LISTS
    digests = re.findall(r"\b[0-9a-f]{64}\b", " ".join(str(value) for value in said_by(events)))
    known |= {token for value in digests for token in _tokens(value[:12])}
    return sorted({token for token in _tokens(_plain(text)) if token not in known})


def _tokens(text: str) -> list[str]:
    return [match.rstrip(".:-/%") for match in TOKEN.findall(text)]


def _plain(text: str) -> str:
    """What the escaping of Markdown adds is no number: ``&#8203;`` is an empty place."""
    return text.replace("&#8203;", "").replace("\\", "").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")


def _spans(events: Events) -> Iterator[float]:
    for value in said_by(events):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value
    for compute in DERIVED.values():
        found = _try(compute, events)
        values = found if isinstance(found, set) else {found}
        yield from (value for value in values if isinstance(value, float))


def _computed(events: Events) -> Iterator[Any]:
    for compute in DERIVED.values():
        yield _try(compute, events)
    yield f"{datetime.fromisoformat(ended(events)) + timedelta(days=7):%Y-%m-%d}"
    messages, checks = of(events, "message.sent"), of(events, "check.finished")
    yield f"{sum(data['delivered'] for data in messages)} of {len(messages)}"
    yield f"{sum(data['result'] == 'passed' for data in checks)} of {len(checks)}"
    yield from (len(data["proved"]) for data in of(events, "rehearsal.proved"))


def _try(compute: Callable[[Events], Any], events: Events) -> Any:
    """A run without a trigger, a verification or an SLA has nothing to compute some of them from."""
    try:
        return compute(events)
    except (KeyError, IndexError, ValueError, StopIteration, TypeError):
        return None
