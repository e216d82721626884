"""Rollbacks to take pictures of: one that runs since some minutes, one over three regions, and a year of history."""

from __future__ import annotations

import fcntl
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from rollback_gov.execution.clock import parse_stamp, stamp
from rollback_gov.execution.journal import FILE
from tests.reports.journals import GATE, NOON, REASON, Story

PHASES = (
    ("phases/drain", "Stop new orders", 120),
    ("phases/database", "Database back to schema 1", 240),
    ("phases/application", "Application back to 1.0.0", 120),
    ("phases/open", "Let orders in again", 60),
)
ORDERS: dict[str, Any] = {
    "run": "op-orders-2-20261130-031204-execute",
    "operation": "op-orders-2",
    "title": "Orders 2.0 with given and family names",
    "services": ["orders"],
    "owner": "orders team",
    "verification_seconds": 60,
    "phases": [
        {"path": path, "title": title, "budget_seconds": budget, "objective": ""} for path, title, budget in PHASES
    ],
    "reason": {
        **REASON,
        "text": "One order in forty fails since the new names",
        "impact": "customers see an error when they order",
        "decided_by": "ann",
        "metric": "order_error_ratio",
        "value": "2.5 %",
        "threshold": "above 1 %",
    },
}
REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")


def orders() -> Story:
    """Six minutes into it: the first way of the database failed, and the second one asks."""
    story = Story().start(**ORDERS).permit()
    story.add("baseline.checked", id="orders", result="intact", file="orders.sha256", sha256="1" * 64).wait(12)
    story.phase("phases/drain", "Stop new orders", budget=120)
    story.step("phases/drain/away", 9, title="Turn new orders away").step(
        "phases/drain/idle", 74, title="Wait for orders in flight"
    )
    story.end_phase("phases/drain", 83)
    story.phase("phases/database", "Database back to schema 1", budget=240, alternative="migrate-down")
    story.step("phases/database/migrate-down/stop", 14, title="Stop 2.0.0")
    story.step(
        "phases/database/migrate-down/down", 96, "failed", title="Migrate down", detail="expected exit code 0, saw 1"
    )
    story.phase("phases/database", "Database back to schema 1", budget=240, alternative="restore-backup")
    story.message("gate_waiting", "slack-incident").message("gate_waiting", "pagerduty", detail="no answer within 5 s")
    story.intent("phases/database/restore-backup/agree", title="Agree on the loss", action="gate")
    ask = "Restore the backup of 03:00? Orders since then are lost from the database."
    deadline = stamp(NOON + timedelta(seconds=story.seconds + 900))
    story.add(
        "gate.waiting",
        **{**GATE, "role": "Database lead"},
        step="phases/database/restore-backup/agree",
        ask=ask,
        deadline=deadline,
    )
    return story.wait(47)


def region(name: str, far: int) -> Story:
    """One region, so far."""
    run = f"op-4400-20261130-031204-execute.{name}"
    phases = [
        {"path": "phases/drain", "title": "Drain the region", "budget_seconds": 90, "objective": ""},
        {"path": "phases/database", "title": "Open the old cluster", "budget_seconds": 240, "objective": ""},
    ]
    story = Story().start(**WHOLE | {"run": run, "region": name, "sla_seconds": 600, "phases": phases}).permit().wait(5)
    story.phase("phases/drain", "Drain the region", budget=90).intent("phases/drain/weight", title="Weight to zero")
    if far == 0:
        return story
    story.wait(71).finish("phases/drain/weight", seconds=71).end_phase("phases/drain", 71)
    story.phase("phases/database", "Open the old cluster", budget=240)
    story.step("phases/database/catch-up", 62, title="Let the old cluster catch up")
    if far == 1:
        story.intent("phases/database/sure", title="Has it caught up", action="gate")
        ask = "Is the old cluster of us-east-1 level with the new one?"
        return story.add("gate.waiting", **GATE, step="phases/database/sure", ask=ask, deadline="")
    story.step("phases/database/open", 21, title="Open it for writes").end_phase("phases/database", 83)
    story.phase("verification", "Verification", budget=60).wait(18).check("writes", observed="open")
    return story.end_phase("verification", 18).verify(178).end("passed", 178)


WHOLE: dict[str, Any] = {
    "run": "op-4400-20261130-031204-execute",
    "operation": "op-4400",
    "title": "Move the order database of all regions to new storage",
    "services": ["orders", "checkout"],
    "verification_seconds": 60,
    "started_by": "ann",
    "reason": {**REASON, "text": "Checkouts are slow since the move", "decided_by": "ann"},
}


def three_regions() -> dict[str, Story]:
    """The run and its regions: one is done, one waits, one drains."""
    limits = [{"region": name, "sla_seconds": 600} for name in REGIONS]
    whole = Story().start(**WHOLE, phases=[], regions=limits, sla_seconds=0, strategy={"max_parallel": 3})
    regions = {name: region(name, far) for name, far in zip(REGIONS, (2, 1, 0), strict=True)}
    for name in REGIONS:
        data = {"region": name, "run": f"{WHOLE['run']}.{name}", "journal": f"regions/{name}"}
        whole.add("region.started", **data, decided_at=stamp(NOON), sla_seconds=600)
    whole.wait(178).add(
        "region.finished", region=REGIONS[0], result="passed", seconds=178, detail="", sla_seconds=600, sla_met=True
    )
    return {"": whole, **regions}


def write(story: Story, folder: Path, delta: timedelta) -> Path:
    """Write a story as if it had happened so much later."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[bytes] = []
    for line in story.lines:
        fields = later(json.loads(line), delta)
        fields["previous"] = sha256(lines[-1]).hexdigest() if lines else "0" * 64
        lines.append(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())
    (folder / FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    return folder


def later(value: Any, delta: timedelta) -> Any:
    """The same with all its times moved."""
    if isinstance(value, dict):
        return {key: later(entry, delta) for key, entry in value.items()}
    if isinstance(value, list):
        return [later(entry, delta) for entry in value]
    if isinstance(value, str) and value[4:5] == "-" and value[-1:] == "Z":
        return stamp(parse_stamp(value) + delta)
    return value


@contextmanager
def running(stories: dict[str, Story], incidents: Path, now: datetime) -> Iterator[Path]:
    """Write a run that goes on at this moment; its journals are locked, as by the process that writes them."""
    root = incidents / str(json.loads(stories[""].lines[0])["data"]["run"])
    delta = now - NOON - timedelta(seconds=max(story.seconds for story in stories.values()))
    with ExitStack() as locks:
        for name, story in stories.items():
            folder = write(story, root / "regions" / name if name else root, delta)
            file = locks.enter_context((folder / FILE).open("r+b"))
            if b'"run.finished"' not in story.lines[-1]:
                fcntl.flock(file, fcntl.LOCK_EX)
        yield root
    shutil.rmtree(root)


def a_year(incidents: Path, now: datetime) -> None:
    """Write forty rollbacks of six services; some were late, and always for the same reasons."""
    dice = random.Random(7)
    for number in range(40):
        service, title, slow = dice.choice(SERVICES)
        days, database = dice.uniform(2, 350), dice.uniform(110, 170) * (1.0 if dice.random() > slow else 4.2)
        run = f"op-{service}-{number}"
        story = Story().start(run=f"{run}-execute", operation=run, title=title, services=[service]).permit().wait(4)
        story.phase("phases/drain", "Stop traffic").step("phases/drain/weight", drain := dice.uniform(20, 75))
        story.end_phase("phases/drain", drain).phase("phases/database", "Database rollback", budget=180)
        bad = dice.random() < 0.08
        story.step("phases/database/restore", database, "failed" if bad else "passed")
        story.end_phase("phases/database", database, result="failed" if bad else "passed")
        spent = story.seconds + dice.uniform(60, 260)
        if bad:
            story.end("failed", story.seconds, detail="phase 'database' failed")
        else:
            story.verify(spent).end("passed", spent, sla_met=spent < 900)
        write(story, incidents / f"{run}-execute", now - timedelta(days=days) - NOON)


SERVICES = (
    ("orders", "Orders 2.0", 0.5),
    ("login", "Login with passkeys", 0.1),
    ("checkout", "Checkout in one page", 0.35),
    ("search", "Search by meaning", 0.0),
    ("mail", "Mail in two languages", 0.05),
    ("stock", "Stock by shelf", 0.2),
)
