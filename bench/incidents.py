"""Incident folders out of real journals, as many as are wanted: every run has its own figures, services and reasons.

The journals are those that the tests keep. What varies is drawn from a seeded source, so that the same count gives the
same bytes. Plans and accepted actions lie beside them as in a repository.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import plans

from rollback_gov.commands.report import RECORD
from rollback_gov.execution.chain import FIRST, digest, line_of
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.model.event import Event
from rollback_gov.reports.incident import incident
from rollback_gov.reports.record import incident_record

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "reports" / "golden"
END = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAYS, PLANS = 540, 50
SERVICES = (
    *("orders", "checkout", "search", "payments", "identity", "catalogue", "mail", "pricing", "inventory", "media"),
    *("gateway", "ledger", "profile", "shipping", "recommendations", "reviews", "fraud", "exports", "reports", "chat"),
    *("scheduler", "webhooks", "quota", "flags"),
)
TRIGGERS = ("error-rate", "latency-p99", "down", "auth-failures", "queue-age", "db-connections")
SHARES = (("passed", 0.82), ("failed", 0.07), ("resumed", 0.07), ("regional", 0.04))
ACTION = """\
# Rollback post-mortem

<!-- write: actions -->
| # | Action | Owner | Due date | Status |
|---|---|---|---|---|
| 1 | Load test {service} at the level of production | @ann | {due} | open |
<!-- end -->
"""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def write(folder: Path, count: int, seed: int = 7) -> Path:
    """Write so many runs below ``folder/incidents`` and some plans beside them; gives the folder of the runs."""
    draw, incidents = Random(seed), folder / "incidents"
    shutil.copytree(ROOT / "plans-example" / "demo", folder / "rollback" / "op-orders-2", dirs_exist_ok=True)
    (folder / ".rollback-gov").mkdir(parents=True, exist_ok=True)
    plans.write(folder, PLANS)
    for number in range(count):
        at = END - timedelta(days=DAYS) * (1 - (number + draw.random()) / count)
        _run(incidents, number, at, draw)
    return incidents


def _run(incidents: Path, number: int, at: datetime, draw: Random) -> None:
    kind = draw.choices([name for name, _ in SHARES], [share for _, share in SHARES])[0]
    service = SERVICES[int(len(SERVICES) * draw.random() ** 2)]
    operation = f"op-{service}-{1 + number % 3}"
    run = f"{operation}-{at:%Y%m%d-%H%M%S}-{number}-execute"
    change = _change(run, operation, service, draw)
    for journal in sorted((GOLDEN / kind).rglob(FILE)):
        place = incidents / run / journal.parent.relative_to(GOLDEN / kind)
        place.mkdir(parents=True)
        events = read_journal(journal)
        own = Random(f"{run} {journal.parent.name}")
        _write(place, _varied(events, at, own, change))
    if draw.random() < 0.04:
        due = f"{at + timedelta(days=draw.randint(10, 500)):%Y-%m-%d}"
        (incidents / run / "post_mortem.md").write_text(ACTION.format(service=service, due=due))


def _change(run: str, operation: str, service: str, draw: Random) -> Callable[[dict[str, Any]], dict[str, Any]]:
    trigger = draw.choice(TRIGGERS) if draw.random() < 0.7 else ""
    services = [service, draw.choice(SERVICES)] if draw.random() < 0.2 else [service]

    def changed(data: dict[str, Any]) -> dict[str, Any]:
        reason = {**data["reason"], "trigger": trigger, "first_breach": "", "text": "", "metric": "", "value": ""}
        if trigger:
            decided = datetime.fromisoformat(data["decided_at"])
            reason["first_breach"] = _stamp(decided - timedelta(seconds=20 + draw.random() * 400))
        region = f".{data['region']}" if data["region"] and not data.get("regions") else ""
        names = {
            "run": run + region,
            "operation": operation,
            "title": f"{service.title()} release",
            "services": services,
        }
        return {**data, **names, "owner": f"{service}-team", "reason": reason}

    return changed


def _varied(
    events: Sequence[Event], at: datetime, draw: Random, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[Event]:
    """Stretch the times of a run to a share of its SLA, let one phase take longer, and let some wait at a gate."""
    started = events[0].data
    took = next((event.data["seconds"] for event in reversed(events) if "seconds" in event.data), 1.0)
    limit = started["sla_seconds"] or 60.0
    scale = limit * min(draw.lognormvariate(-0.75, 0.38), 1.4) / took
    ends = [event.data["phase"] for event in events if event.type == "phase.finished"]
    slow = draw.choice(ends) if ends and draw.random() < 0.3 else ""
    extra, waits = limit * draw.uniform(0.1, 0.7), limit * draw.uniform(0.3, 0.9) if draw.random() < 0.06 else 0.0
    first, shift, found = datetime.fromisoformat(events[0].at), 0.0, list[Event]()

    def moved(text: str) -> str:
        seconds = (datetime.fromisoformat(text) - first).total_seconds()
        return _stamp(at + timedelta(seconds=seconds * scale + shift))

    for event in events:
        data = json.loads(_TIME.sub(lambda match: moved(match[0]), json.dumps(event.data)))
        data |= {name: round(data[name] * scale, 3) for name in ("seconds", "gate_seconds") if name in data}
        if event.type == "run.started":
            data = change(data)
        if event.type == "phase.started" and waits and shift < waits:
            found += _gate(data["phase"], moved(event.at), waits)
            shift += waits
        if event.type == "phase.finished" and data["phase"] == slow:
            data["seconds"] = round(data["seconds"] + extra, 3)
            shift += extra
        if event.type in ("run.verified", "run.finished"):
            data["seconds"] = round(data["seconds"] + shift, 3)
        if event.type == "run.finished":
            data["sla_met"] = data["result"] == "passed" and data["seconds"] <= limit
        found.append(_event(event.type, moved(event.at), data))
    return found


def _gate(phase: str, at: str, seconds: float) -> list[Event]:
    ask = {"step": f"{phase}/agree", "ask": "Go on?", "deadline": "", "subject": "", "executable": ""}
    answer = {"step": ask["step"], "decision": "approved", "by": "ben", "reason": "", "seconds": round(seconds, 3)}
    later = _stamp(datetime.fromisoformat(at) + timedelta(seconds=seconds))
    waiting = {**ask, "choices": ["approved", "denied"], "several": False, "role": ""}
    return [_event("gate.waiting", at, waiting), _event("gate.decided", later, {**answer, "executable": ""})]


def _event(type_: str, at: str, data: dict[str, Any]) -> Event:
    return Event(seq=0, at=at, monotonic=0.0, type=type_, data=data, previous=FIRST)


def _write(place: Path, events: Sequence[Event]) -> None:
    lines, previous = list[bytes](), FIRST
    for number, event in enumerate(events, 1):
        lines.append(line_of(replace(event, seq=number, monotonic=float(number), previous=previous)))
        previous = digest(lines[-1])
    (place / FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    record = incident_record(incident(events))
    (place / RECORD).write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2])))
