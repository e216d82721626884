"""A snapshot is judged as ``validate`` would judge the repository, and nothing of it is run or leads elsewhere."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from rollback_gov.commands.fleet.judging import judge_snapshot, lay_out
from rollback_gov.commands.fleet.snapshot import Kept, Outcome, Snapshot
from rollback_gov.outputs.fleet.result import FleetPlan, FleetRepository
from tests.github.fleets import FRESH, PLACE, PLAN, STALE, TODAY, service
from tests.github.hub.state import Hub

OUTCOME = Outcome(asked="team/service", kind="read", name="team/service")
NOW = datetime.fromisoformat(TODAY).astimezone(UTC)


def snapshot(
    plan: str = PLAN,
    rehearsed: tuple[str, ...] = (FRESH,),
    more: Mapping[str, str] | None = None,
    plans: tuple[str, ...] = (PLACE,),
) -> Snapshot:
    files = service(Hub(), "team/service", plan=plan, rehearsed=rehearsed, more=more).files
    kept = {path: Kept(sha="", raw=file.raw) for path, file in files.items()}
    return Snapshot(repository="team/service", tree="1" * 40, files=kept, plans=plans)


def judged(one: Snapshot, place: Path, now: datetime = NOW) -> FleetRepository:
    found = judge_snapshot(OUTCOME, one, now, place)
    assert list(place.iterdir()) == [], "what was laid out is gone"
    return found


def plan_of(one: Snapshot, place: Path, now: datetime = NOW) -> FleetPlan:
    (plan,) = judged(one, place, now).plans
    return plan


def test_a_plan_that_was_rehearsed_is_ready(tmp_path: Path) -> None:
    plan = plan_of(snapshot(), tmp_path)
    assert plan == FleetPlan(
        file=PLACE,
        operation="op-7",
        services=("payment-service",),
        required=2,
        achieved=2,
        rehearsal="fresh",
        rehearsed_at="2025-12-09T10:00:00Z",
        fresh_until="2025-12-23T10:00:00Z",
        reasons=(),
        failing=0,
        warnings=1,
    )
    assert plan.is_ready


@pytest.mark.parametrize(
    ("rehearsed", "state", "codes"),
    [
        ((), "never", ["RG401"]),
        ((STALE,), "stale", ["RG403"]),
        ((STALE, FRESH), "fresh", []),
    ],
)
def test_rehearsals_that_are_missing_stand_against_it(
    tmp_path: Path, rehearsed: tuple[str, ...], state: str, codes: list[str]
) -> None:
    plan = plan_of(snapshot(rehearsed=rehearsed), tmp_path)
    assert (plan.rehearsal, [reason.code for reason in plan.reasons]) == (state, codes)
    assert plan.is_ready is not bool(codes)
    assert plan.failing == len(codes)


def test_a_repository_that_has_not_changed_grows_old(tmp_path: Path) -> None:
    one = snapshot()
    assert plan_of(one, tmp_path, datetime(2025, 12, 23, 9, tzinfo=UTC)).is_ready
    late = plan_of(one, tmp_path, datetime(2025, 12, 23, 11, tzinfo=UTC))
    assert (late.is_ready, late.rehearsal, late.reasons[0].code) == (False, "stale", "RG403")


def test_a_change_since_the_rehearsal_is_seen(tmp_path: Path) -> None:
    one = snapshot()
    script = Kept(sha="", raw=b"#!/bin/sh\necho another\n")
    changed = Snapshot(**{**vars(one), "files": {**one.files, "scripts/undo.sh": script}})
    plan = plan_of(changed, tmp_path)
    assert not plan.is_ready
    assert plan.rehearsal == "insufficient"
    assert "RG402" in {reason.code for reason in plan.reasons}


def test_the_policy_of_the_repository_holds_and_has_a_digest(tmp_path: Path) -> None:
    text = "floors: {services: {payment-service: 3}}\n"
    found = judged(snapshot(more={".rollback-gov/policy.yaml": text}), tmp_path)
    name = b".rollback-gov/policy.yaml"
    assert found.policy == sha256(name + b"\0%d\0" % len(text) + text.encode()).hexdigest()
    assert found.plans[0].required == 3
    assert found.plans[0].achieved == 2
    assert judged(snapshot(), tmp_path).policy == ""


def test_waivers_of_the_repository_count(tmp_path: Path) -> None:
    waiver = (
        "waivers:\n"
        "  - {rule: RG401, operation: op-7, reason: It is new, owner: Ada, approved_by: Grace, "
        "created: '2025-12-08', expires: '2025-12-20'}\n"
    )
    without = plan_of(snapshot(rehearsed=()), tmp_path)
    with_waiver = plan_of(snapshot(rehearsed=(), more={".rollback-gov/waivers.yaml": waiver}), tmp_path)
    assert (without.failing, with_waiver.failing) == (1, 0)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({".rollback-gov/policy.yaml": "levels: 7\n"}, "it cannot be judged: .rollback-gov/policy.yaml is not valid."),
        ({".rollback-gov/trust.yaml": "keys: 7\n"}, "it cannot be judged: .rollback-gov/trust.yaml is not valid."),
        ({"scripts/undo.sh/x": ""}, "it cannot be judged: "),
    ],
)
def test_what_cannot_be_judged_is_said_without_a_place_of_ours(tmp_path: Path, more: dict[str, str], said: str) -> None:
    found = judged(snapshot(more=more), tmp_path)
    assert found.reason.startswith(said)
    assert str(tmp_path) not in found.reason
    assert found.plans == ()


@pytest.mark.parametrize("text", ["", "[" * 50_000, "a: &a [*a]", "- a\n", PLAN.replace("level: 2", "level: 9")])
def test_a_plan_that_is_none_is_never_ready(tmp_path: Path, text: str) -> None:
    one = snapshot(rehearsed=())
    one = Snapshot(**{**vars(one), "files": {**one.files, PLACE: Kept(sha="", raw=text.encode())}})
    plan = plan_of(one, tmp_path)
    assert (plan.required, plan.achieved, plan.is_ready) == (0, 0, False)
    assert plan.failing


def test_a_runbook_is_no_plan(tmp_path: Path) -> None:
    one = snapshot(more={"docs/rollback.md": "# Rollback\n\nCall Ada.\n"}, plans=(PLACE, "docs/rollback.md"))
    assert [plan.file for plan in judged(one, tmp_path).plans] == [PLACE]


def test_many_findings_are_counted_and_a_few_kept(tmp_path: Path) -> None:
    steps = "".join(f"      - {{id: s{number}, run: ssh host, timeout: 1s}}\n" for number in range(40))
    plan = PLAN.replace("      - {id: undo, run: ../../scripts/undo.sh, timeout: 2m}\n", steps)
    found = plan_of(snapshot(plan, rehearsed=()), tmp_path)
    assert found.failing + found.warnings > 40
    assert len(found.reasons) <= 10


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    plan = PLAN.replace("op-7,", f"op-{'7' * 100},").replace("payment-service", "x" * 3000)
    one = snapshot(rehearsed=())
    one = Snapshot(**{**vars(one), "files": {**one.files, PLACE: Kept(sha="", raw=plan.encode())}})
    assert all(len(reason.message) <= 400 for reason in plan_of(one, tmp_path).reasons)


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/tmp/out", ".git/hooks/x", "a\0b", "x\\..\\out"])
def test_nothing_is_laid_out_anywhere_else(tmp_path: Path, path: str) -> None:
    root = tmp_path / "deep" / "root"
    root.mkdir(parents=True)
    one = Snapshot(repository="a/b", files={path: Kept(sha="", raw=b"x")})
    with pytest.raises(OSError, match="no path that is followed"):
        lay_out(one, root)
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == []


def test_nothing_of_a_repository_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something is run")

    for name in ("Popen", "run", "call"):
        monkeypatch.setattr(subprocess, name, refuse)
    monkeypatch.setattr("os.system", refuse)
    monkeypatch.setattr("os.posix_spawn", refuse)
    more = {
        ".gitattributes": "* filter=x\n",
        "conftest.py": "raise SystemExit\n",
        "sitecustomize.py": "raise SystemExit\n",
    }
    assert plan_of(snapshot(more=more), tmp_path).is_ready


def test_files_are_laid_out_as_ours_alone_and_not_as_programs(tmp_path: Path) -> None:
    lay_out(snapshot(), tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o600}
