"""From a journal to evidence: what a rehearsal has to show before it proves anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rollback_gov.model.event import Event
from rollback_gov.model.evidence import CheckRecord, StepRecord, TriggerProof
from rollback_gov.records.errors import RecordError
from rollback_gov.records.rehearsal import evidence_from_journal

Line = tuple[str, dict[str, Any]]
STARTED: dict[str, Any] = {
    "run": "op-7-staging-1",
    "operation": "op-7",
    "mode": "rehearse",
    "environment": "blue",
    "environment_class": "production-like",
    "region": "eu",
    "level": 3,
    "sla_seconds": 900,
    "digests": {"plan": "a", "executable": "b", "sections": {}, "phases": {}, "files": {}},
    "parameters": {"SPEED": "quick"},
    "varying": ["SERVICE"],
    "scenario": "",
    "decided_at": "2025-12-09T09:58:00.000Z",
    "started_by": "ada",
    "host": "ci-1",
    "git_commit": "0" * 40,
    "tool_version": "1.0",
}


def step(path: str, result: str = "passed", **more: Any) -> Line:
    return "step.finished", {"step": path, "result": result, "seconds": 1.5, "exit": 0, **more}


def version(moment: str, text: str) -> Line:
    return "rehearsal.version", {"moment": moment, "version": text}


def journal() -> list[Line]:
    """A rehearsal that passed."""
    return [
        version("before", "1"),
        version("deployed", "2"),
        ("rehearsal.triggered", {"trigger": "down", "how": "automatic", "seconds": 2.0, "reason": ""}),
        ("run.started", dict(STARTED)),
        ("phase.started", {"phase": "phases/drain"}),
        step("phases/drain/weight"),
        ("phase.finished", {"phase": "phases/drain", "seconds": 2}),
        ("phase.started", {"phase": "phases/undo"}),
        step("phases/undo/back"),
        ("phase.finished", {"phase": "phases/undo", "seconds": 3.25}),
        ("check.finished", {"check": "health", "result": "passed", "expected": "200", "observed": "200"}),
        (
            "run.finished",
            {"result": "passed", "detail": "", "seconds": 7.5, "forward_fix": False, "problems": ["slow"]},
        ),
        version("restored", "1"),
        ("rehearsal.proved", {"triggers": "d" * 64, "proved": ["down"], "problems": ["up: never"], "sha256": "e" * 64}),
        ("rehearsal.participants", {"participants": ["sre"], "acknowledged": ["support"]}),
    ]


def events(lines: list[Line]) -> list[Event]:
    return [
        Event(seq=seq, at=f"2025-12-09T10:00:{seq:02d}.000Z", monotonic=seq, type=type_, data=data, previous="0" * 64)
        for seq, (type_, data) in enumerate(lines)
    ]


def changed(edit: Callable[[list[Line]], object]) -> list[Event]:
    lines = journal()
    edit(lines)
    return events(lines)


def of(lines: list[Line], type_: str, **match: str) -> dict[str, Any]:
    """Give the data of the first line of a type."""
    return next(data for kind, data in lines if kind == type_ and match.items() <= data.items())


def without(lines: list[Line], type_: str) -> None:
    lines[:] = [line for line in lines if line[0] != type_]


def test_a_rehearsal_that_passed_is_told_in_full() -> None:
    evidence = evidence_from_journal(events(journal()), "c" * 64)
    assert (evidence.kind, evidence.result, evidence.problems) == ("production-like-test", "passed", ("slow",))
    assert (evidence.operation, evidence.environment, evidence.region) == ("op-7", "blue", "eu")
    assert (evidence.version_before, evidence.version_deployed, evidence.version_restored) == ("1", "2", "1")
    assert (evidence.triggered, evidence.trigger) == ("automatic", "down")
    assert evidence.trigger_proof == TriggerProof(
        triggers="d" * 64, proved=("down",), sha256="e" * 64, problems=("up: never",)
    )
    assert evidence.order == ("phases/drain", "phases/undo")
    assert evidence.phase_seconds == {"phases/drain": 2.0, "phases/undo": 3.25}
    assert evidence.steps[0] == StepRecord(step="phases/drain/weight", result="passed", seconds=1.5, exit=0)
    assert evidence.checks == (CheckRecord(check="health", result="passed", expected="200", observed="200"),)
    assert (evidence.started, evidence.finished) == ("2025-12-09T09:58:00.000Z", "2025-12-09T10:00:11.000Z")
    assert (evidence.seconds, evidence.sla_seconds) == (7.5, 900.0)
    assert (evidence.participants, evidence.acknowledged) == (("sre",), ("support",))
    assert (evidence.runner, evidence.journal_sha256) == ("ada@ci-1", "c" * 64)
    assert evidence.digests.plan == "a"


def only_recovery(lines: list[Line]) -> None:
    without(lines, "step.finished")
    lines.append(step("recovery/breakers/close"))


SHORTCOMINGS: dict[str, tuple[Callable[[list[Line]], object], str]] = {
    "it failed": (
        lambda lines: of(lines, "run.finished").update(result="failed", detail="phase 'undo' failed"),
        "the rehearsal failed: phase 'undo' failed",
    ),
    "it was aborted": (lambda lines: of(lines, "run.finished").update(result="aborted"), "the rehearsal aborted"),
    "nobody knew the version before": (
        lambda lines: of(lines, "rehearsal.version", moment="before").update(version=""),
        "the live version was not known before, after the deployment and after the rollback",
    ),
    "no version was asked for": (
        lambda lines: without(lines, "rehearsal.version"),
        "the live version was not known before, after the deployment and after the rollback",
    ),
    "nothing was deployed": (
        lambda lines: of(lines, "rehearsal.version", moment="deployed").update(version="1"),
        "nothing was deployed: version 1 ran before and after",
    ),
    "nothing was rolled back": (
        lambda lines: of(lines, "rehearsal.version", moment="restored").update(version="2"),
        "the rollback restored version 2, not 1",
    ),
    "something else was restored": (
        lambda lines: of(lines, "rehearsal.version", moment="restored").update(version="0"),
        "the rollback restored version 0, not 1",
    ),
    "the forward fix left the new version": (
        lambda lines: (
            of(lines, "run.finished").update(forward_fix=True),
            of(lines, "rehearsal.version", moment="restored").update(version="2"),
        ),
        "the rollback restored version 2, not 1",
    ),
    "every step was skipped": (
        lambda lines: [data.update(result="skipped") for kind, data in lines if kind == "step.finished"],
        "no step of the procedure did anything",
    ),
    "only the recovery did something": (
        only_recovery,
        "no step of the procedure did anything",
    ),
}


@pytest.mark.parametrize("name", SHORTCOMINGS)
def test_what_proves_nothing_has_failed_and_says_why(name: str) -> None:
    edit, problem = SHORTCOMINGS[name]
    evidence = evidence_from_journal(changed(edit), "c" * 64)
    assert evidence.result == "failed"
    assert evidence.problems == (problem, "slow")


def test_a_forward_fix_leads_to_a_third_version() -> None:
    def fix(lines: list[Line]) -> None:
        without(lines, "step.finished")
        lines.append(step("forward_fix/compensate/apply"))
        of(lines, "run.finished").update(forward_fix=True)
        of(lines, "rehearsal.version", moment="restored").update(version="3")

    evidence = evidence_from_journal(changed(fix), "c" * 64)
    assert (evidence.result, evidence.forward_fix) == ("passed", True)


def test_what_nobody_said_is_empty() -> None:
    def silent(lines: list[Line]) -> None:
        for type_ in ("rehearsal.triggered", "rehearsal.participants"):
            without(lines, type_)
        del of(lines, "run.started")["region"]

    evidence = evidence_from_journal(changed(silent), "c" * 64)
    assert (evidence.triggered, evidence.trigger, evidence.participants, evidence.acknowledged) == (
        "manual",
        "",
        (),
        (),
    )
    assert evidence.region == ""


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda lines: without(lines, "run.started"), "The journal has no 'run.started'"),
        (lambda lines: without(lines, "run.finished"), "The journal has no 'run.finished'"),
        (lambda lines: of(lines, "run.started").update(mode="execute"), "Only a rehearsal outside production"),
        (lambda lines: of(lines, "run.started").update(environment_class="production"), "Only a rehearsal outside"),
    ],
)
def test_what_is_no_rehearsal_is_no_evidence(edit: Callable[[list[Line]], object], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        evidence_from_journal(changed(edit), "c" * 64)


def test_staging_is_worth_what_staging_is() -> None:
    evidence = evidence_from_journal(
        changed(lambda lines: of(lines, "run.started").update(environment_class="staging")), "c" * 64
    )
    assert evidence.kind == "staging-test"
