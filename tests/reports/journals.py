"""Journals as runs write them: whole stories, event by event, with a clock that the story moves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from rollback_gov.model.event import Event

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
REASON = {
    "text": "error-rate: 2.5 % above 1 % for 2 minutes",
    "decided_by": "rollback-gov watch",
    "trigger": "error-rate",
    "metric": 'rate(http_errors{code=~"5.."}[1m])',
    "value": "0.025",
    "threshold": "above 0.01",
    "duration": "2m",
    "first_breach": "2026-01-31T11:57:30.000Z",
    "impact": "one login in forty fails",
    "quick_fix": "restarted the pods, without effect",
    "authorised_by": "ines",
}
HERE: dict[str, Any] = {
    "mirror": "",
    "lines": 0,
    "plan_file": "/srv/repo/rollback/op-7/plan.yaml",
    "tail": "whole",
    "boot": "",
}
"""Of a run that goes on where it began, on a machine that does not say which start it was."""
GATE: dict[str, Any] = {"subject": "", "choices": ["approved", "denied"], "several": False, "role": ""}
"""A gate that says nothing about who should answer."""
NOBODY_SAID = dict.fromkeys(REASON, "")
STARTED: dict[str, Any] = {
    "run": "op-7-20260131-120000-execute",
    "operation": "op-7",
    "title": "API v2.1 with a new login",
    "mode": "execute",
    "environment": "production",
    "environment_class": "production",
    "region": "",
    "plan_file": "/srv/repo/rollback/op-7/plan.yaml",
    "level": 3,
    "sla_seconds": 900,
    "target_seconds": 600,
    "verification_seconds": 0,
    "breach": "incident review",
    "digests": {"plan": "a" * 64, "executable": "e" * 64, "sections": {}, "phases": {}, "files": {}},
    "parameters": {"TOKEN": "(secret)"},
    "varying": [],
    "scenario": "",
    "options": {},
    "from": "",
    "skipped": {},
    "phases": [
        {"path": "phases/drain", "title": "Stop traffic", "budget_seconds": 60, "objective": ""},
        {"path": "phases/database", "title": "Database rollback", "budget_seconds": 180, "objective": "v2.0 schema"},
    ],
    "from_versions": {"api": "v2.0.8"},
    "to_versions": {"api": "v2.1.0"},
    "reason": REASON,
    "decided_at": "2026-01-31T12:00:00.000Z",
    "started_by": "ann",
    "host": "runner-1",
    "pid": 4711,
    "boot": "",
    "tool_version": "0.1.0",
    "git_commit": "c" * 40,
    "audit": "41:" + "d" * 64,
    "services": ["api", "auth"],
    "owner": "api team",
    "contacts": [{"role": "Database admin", "reach": "DBA on call", "when": None}],
    "manual_checks": ["A login works", "No error spikes on the dashboards"],
}


class Story:
    """Writes events one after the other. ``wait`` lets time pass."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.lines: list[bytes] = []
        self._events: list[Event] = []

    def wait(self, seconds: float) -> Story:
        self.seconds += seconds
        return self

    def add(self, type_: str, **data: Any) -> Story:
        """Write an event that happens now."""
        now = NOON + timedelta(seconds=self.seconds)
        fields: dict[str, Any] = {
            "seq": len(self.lines) + 1,
            "at": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
            "monotonic": 1000 + self.seconds,
            "type": type_,
            "data": data,
            "previous": sha256(self.lines[-1]).hexdigest() if self.lines else "0" * 64,
        }
        self.lines.append(
            json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        )
        self._events.append(Event(**fields))
        return self

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self._events)

    def write(self, folder: Path) -> Path:
        """Write the journal into an incident folder, and give the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in self.lines))
        return folder

    # Events with everything that a journal writes

    def start(self, **changes: Any) -> Story:
        return self.add("run.started", **{**STARTED, **changes})

    def permit(self, *reasons: str) -> Story:
        documents = [{"code": "permit-missing", "message": reason} for reason in reasons]
        return self.add("permit.checked", allowed=not reasons, reasons=documents, permit="" if reasons else "f" * 64)

    def phase(self, path: str, title: str, *, budget: float = 60, alternative: str = "") -> Story:
        return self.add("phase.started", phase=path, title=title, alternative=alternative, budget_seconds=budget)

    def end_phase(self, path: str, seconds: float, *, alternative: str = "", result: str = "passed") -> Story:
        data = {"phase": path, "alternative": alternative, "result": result, "seconds": seconds, "gate_seconds": 0.0}
        return self.add("phase.finished", **data)

    def intent(self, step: str, *, title: str = "", action: str = "run", attempt: int = 1) -> Story:
        return self.add(
            "step.intent",
            step=step,
            title=title or step.rpartition("/")[2],
            action=action,
            attempt=attempt,
            deadline="2026-01-31T12:10:00.000Z",
            timeout_seconds=60,
            script_sha256="5" * 64,
            destructive=False,
            idempotent=False,
        )

    def finish(self, step: str, result: str = "passed", **changes: Any) -> Story:
        data: dict[str, Any] = {"step": step, "attempt": 1, "result": result, "exit": 0, "seconds": 1.0, "checks": []}
        rest = {"tries": 1, "detail": "", "stdout": f"outputs/{step}.out", "stderr": "", "recovered": ""}
        return self.add("step.finished", **{**data, **rest, **changes})

    def step(self, path: str, seconds: float, result: str = "passed", **changes: Any) -> Story:
        """A step from its beginning to its end."""
        names = {name: changes.pop(name) for name in ("title", "action") if name in changes}
        self.intent(path, attempt=changes.get("attempt", 1), **names).wait(seconds)
        return self.finish(path, result, seconds=seconds, **changes)

    def check(self, check: str, result: str = "passed", *, severity: str = "fail", observed: str = "0.0005") -> Story:
        data = {"check": check, "title": f"The {check}", "result": result, "severity": severity}
        return self.add("check.finished", **data, expected="below 0.001", observed=observed, attempts=2, seconds=3.0)

    def message(self, event: str, channel: str, *, detail: str = "") -> Story:
        return self.add("message.sent", event=event, channel=channel, delivered=not detail, detail=detail)

    def verify(self, seconds: float, gate_seconds: float = 0.0) -> Story:
        return self.add("run.verified", seconds=seconds, gate_seconds=gate_seconds)

    def end(self, result: str, seconds: float, **changes: Any) -> Story:
        data = {"result": result, "detail": "", "seconds": seconds, "gate_seconds": 0.0, "sla_met": result == "passed"}
        return self.add(
            "run.finished", **{**data, "forward_fix": False, "last_resort": False, "problems": [], **changes}
        )


def passed() -> Story:
    """A trigger fired, the rollback passed after 840 of 900 seconds, nobody had to help."""
    story = Story().wait(0.2).start().permit()
    story.message("started", "slack-incident").message("started", "pagerduty", detail="no answer within 5 s (3 tries)")
    story.add("baseline.checked", id="users", result="intact", file="user-count.txt", sha256="1" * 64)
    story.add(
        "capture.finished", id="logs", result="kept", file="captures/logs.txt", sha256="2" * 64, seconds=0.4, detail=""
    )
    story.add(
        "capture.finished", id="heap", result="timeout", file="", sha256="", seconds=9.0, detail="its time was over"
    )
    story.add("point_of_no_return.checked", passed="no", detail="schema version is 10", by="")
    story.wait(10).phase("phases/drain", "Stop traffic").step("phases/drain/weight", 45).end_phase("phases/drain", 45)
    story.phase("phases/database", "Database rollback", budget=180)
    story.step("phases/database/restore", 182, checks=[{"expected": "exit 0", "observed": "exit 0", "passed": True}])
    story.finish("phases/database/extra-wait", "not_needed", attempt=0, exit=None, seconds=0.0)
    story.end_phase("phases/database", 182)
    story.add("sla.breached", scope="phases/database", limit_seconds=180, seconds=182, consequence="")
    story.phase("verification", "Verification", budget=120).wait(143)
    story.check("error-rate").check("throughput", "unknown", severity="warn", observed="no data")
    story.end_phase("verification", 143).wait(459.8).verify(840)
    return story.end("passed", 840, problems=["check throughput: unknown"])


def failed() -> Story:
    """Both alternatives of the database phase failed; the ladder was climbed, and nobody could repair it."""
    story = Story().start(reason={**NOBODY_SAID, "text": "customers cannot log in", "decided_by": "ann"})
    story.permit("The permit has expired.")
    story.add("override", check="permit", reason="a rollback is never stopped by a missing permit", by="ann")
    story.phase("phases/drain", "Stop traffic").step("phases/drain/weight", 5).end_phase("phases/drain", 5)
    story.phase("phases/database", "Database rollback", budget=180, alternative="restore-dump")
    error = "exit code 1: pg_restore: error: could not read from input file: end of file"
    path = "phases/database/restore-dump/restore"
    story.step(path, 20, "failed", exit=1, detail=error, stderr="outputs/restore.err")
    story.step(path, 20, "timeout", attempt=2, exit=None, detail="its time was over")
    story.phase("phases/database", "Database rollback", budget=180, alternative="secondary-backup")
    story.step("phases/database/secondary-backup/restore", 30, "failed", exit=2, detail="no such file")
    story.end_phase("phases/database", 70, alternative="secondary-backup", result="failed")
    story.wait(900).add("sla.breached", scope="total", limit_seconds=900, seconds=975.0, consequence="incident review")
    story.add(
        "escalated",
        level=1,
        on="failed",
        after_seconds=0.0,
        actions=["Retry with verbose log"],
        notify=["slack-incident"],
    )
    story.wait(300).add("escalated", level=2, on="failed", after_seconds=300.0, actions=[], notify=["pagerduty"])
    return story.end("failed", 1275, detail="phase 'database' failed", problems=[f"{path}: failed ({error})"])


def fallen_back() -> Story:
    """Option A failed and option B passed; a step whose failure the plan forgives failed too."""
    story = Story().start().permit()
    story.phase("phases/database", "Database rollback", budget=180, alternative="restore-dump")
    story.step("phases/database/restore-dump/restore", 20, "failed", exit=1, detail="exit code 1")
    story.phase("phases/database", "Database rollback", budget=180, alternative="secondary-backup")
    story.step("phases/database/secondary-backup/restore", 30)
    story.step("phases/database/secondary-backup/tidy", 1, "failed", exit=1, detail="exit code 1")
    story.end_phase("phases/database", 51, alternative="secondary-backup")
    story.phase("verification", "Verification", budget=120).check("error-rate").end_phase("verification", 3)
    return story.verify(54).end("passed", 54)


def forward_fix() -> Story:
    """The point of no return was passed; a person said so, and the forward fix brought things in order."""
    story = Story().start().permit()
    story.add("point_of_no_return.checked", passed="yes", detail="migration 011 is there", by="ann")
    story.phase("forward_fix/compensate", "Compensating migration", budget=300)
    story.step("forward_fix/compensate/apply", 120).end_phase("forward_fix/compensate", 120)
    story.phase("verification", "Verification", budget=120).check("error-rate").end_phase("verification", 3)
    return story.verify(123).end("passed", 123, forward_fix=True)


def gated() -> Story:
    """Two gates: ben approved after 90 seconds, and nobody answered the second one in time. A manual step was done."""
    story = Story().start().permit()
    story.phase("phases/drain", "Stop traffic")
    story.intent("phases/drain/go", action="gate")
    until = {"deadline": "2026-01-31T12:05:00.000Z", **GATE}
    story.add("gate.waiting", step="phases/drain/go", ask="Drop the new table?", **until)
    story.wait(90).add(
        "gate.decided",
        step="phases/drain/go",
        decision="approved",
        by="ben",
        reason="",
        seconds=90.0,
        executable="e" * 64,
        subject="",
    )
    story.finish("phases/drain/go", seconds=90.0, detail="approved by ben")
    story.step("phases/drain/tell", 30, action="manual", detail="done by ann")
    story.intent("phases/drain/late", action="gate")
    story.add("gate.waiting", step="phases/drain/late", ask="Delete the backup?", **until)
    story.wait(60).add(
        "gate.decided",
        step="phases/drain/late",
        decision="deadline",
        by="",
        reason="deny",
        seconds=60.0,
        executable="e" * 64,
        subject="",
    )
    story.finish("phases/drain/late", "denied", seconds=60.0, detail="nobody decided in time")
    story.end_phase("phases/drain", 180, result="failed")
    return story.end("failed", 180, detail="phase 'drain' failed", gate_seconds=150.0)


def resumed() -> Story:
    """The process died twice: one step was adopted, one found, one verified, one repeated, one settled by a person."""
    story = Story().start().permit().phase("phases/drain", "Stop traffic", budget=900)
    story.intent("phases/drain/adopted").wait(20)
    _resume(story, "killed")
    story.wait(10).finish("phases/drain/adopted", recovered="adopted", seconds=10.0)
    story.intent("phases/drain/found").wait(5)
    story.add("run.interrupted", signal="SIGTERM", by="", reason="", open="phases/drain/found").wait(60)
    _resume(story, "")
    story.finish("phases/drain/found", recovered="found", seconds=0.0)
    for name, how, outcome, by in (
        ("verified", "verify", "done", ""),
        ("repeated", "idempotent", "run_again", ""),
        ("asked", "person", "done", "ann"),
    ):
        path = f"phases/drain/{name}"
        story.intent(path).wait(1)
        story.add("step.unknown", step=path, attempt=1, reason="the process ended without leaving an exit code")
        story.add("step.settled", step=path, attempt=1, how=how, outcome=outcome, by=by)
    story.step("phases/drain/repeated", 2, attempt=2).end_phase("phases/drain", 100)
    return story.verify(105).end("passed", 105)


def _resume(story: Story, reason: str) -> None:
    story.add("run.resumed", by="ben", host="runner-2", pid=99, reason=reason, executable="e" * 64, **HERE)


def rehearsed() -> Story:
    """A rehearsal in staging: deployed, made to fail, triggered, rolled back."""
    story = Story().wait(-60)
    story.add("rehearsal.version", moment="before", version="v2.0.8").wait(12)
    story.add("rehearsal.deployed", seconds=12.0, detail="exit 0")
    story.add("rehearsal.version", moment="deployed", version="v2.1.0")
    story.add("rehearsal.injected", trigger="error-rate", detail="exit 0").wait(48)
    story.add("rehearsal.triggered", trigger="error-rate", how="automatic", seconds=48.0, reason=REASON["text"])
    story.start(
        run="op-7-20260131-120000-rehearse",
        mode="rehearse",
        environment="staging",
        environment_class="staging",
        scenario="already-down",
        reason={**REASON, "first_breach": "2026-01-31T11:59:20.000Z"},
    )
    story.phase("phases/drain", "Stop traffic").step("phases/drain/weight", 5).end_phase("phases/drain", 5)
    story.phase("verification", "Verification", budget=0).check("error-rate").end_phase("verification", 3)
    story.verify(8).end("passed", 8).wait(2)
    story.add("rehearsal.version", moment="restored", version="v2.0.8")
    story.add("rehearsal.proved", triggers="0" * 64, proved=["error-rate"], problems=[], sha256="1" * 64)
    return story.add("rehearsal.participants", participants=["api team", "sre"], acknowledged=["sre"])


def regional() -> Story:
    """Three regions, one after the other: the second one fails, and the third never begins."""
    regions = [{"region": name, "sla_seconds": 600} for name in ("asia", "america", "europe")]
    strategy = {"max_parallel": 1, "gate_between": "approval", "max_failures": 0}
    story = Story().start(regions=regions, strategy=strategy, sla_seconds=0, target_seconds=0, level=4)
    run = STARTED["run"]

    def begin(name: str) -> dict[str, Any]:
        at = (NOON + timedelta(seconds=story.seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"region": name, "run": f"{run}.{name}", "journal": f"regions/{name}", "decided_at": at}

    story.add("region.started", **begin("asia"), sla_seconds=600).wait(300)
    ends = {"sla_seconds": 600, "detail": ""}
    story.add("region.finished", region="asia", result="passed", seconds=300.0, sla_met=True, **ends)
    gate = "regions/before-america"
    story.add("gate.waiting", step=gate, ask="asia passed. Go on with america?", deadline="", **GATE).wait(60)
    decided = {"step": gate, "decision": "approved", "by": "ben", "reason": "", "seconds": 60.0}
    story.add("gate.decided", **decided, executable="e" * 64, subject="")
    story.add("region.started", **begin("america"), sla_seconds=600).wait(10)
    story.add("region.waits", region="america", detail="a step has no end").wait(10)
    story.add("run.resumed", by="ann", host="runner-2", pid=4712, reason="", executable="e" * 64, **HERE)
    story.add("region.started", **begin("america"), sla_seconds=600).wait(700)
    ends["detail"] = "phase 'database' failed"
    story.add("region.finished", region="america", result="failed", seconds=720.0, sla_met=False, **ends)
    why = "america failed, and the plan goes on after none"
    story.add("region.not_started", region="europe", reason="failures", detail=why)
    return story.add(
        "run.finished",
        result="failed",
        detail="america failed, europe not rolled back",
        seconds=1080.0,
        gate_seconds=60.0,
        sla_met=False,
        forward_fix=False,
        last_resort=False,
        problems=["region america: phase 'database' failed", f"region europe: {why}"],
    )


STORIES = {
    "passed": passed,
    "failed": failed,
    "fallen-back": fallen_back,
    "forward-fix": forward_fix,
    "gated": gated,
    "resumed": resumed,
    "rehearsed": rehearsed,
    "regional": regional,
}
