"""Nothing goes out while nobody would notice that it is bad: a blind watch holds the permit, and no rollback."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.records.places import BREAK_GLASSES
from rollback_gov.records.times import stamp
from tests.loop.conftest import Repository


def watch(repository: Repository, *more: str, ends: int = 0) -> str:
    arguments = ("-e", "production", "--yes", "--mode", "observe", *more)
    return repository.gov("watch", str(repository.plan), *arguments, ends=ends)


@pytest.fixture
def blind(issued: Repository) -> Repository:
    """A permit was issued, and then the watch could not evaluate its trigger three times."""
    issued.verify()
    errors(issued).unlink()
    for _ in range(3):
        watch(issued, "--once", ends=int(_ == 2))
    return issued


def errors(repository: Repository) -> Path:
    return repository.root / "rollback" / "op-9" / "production-service" / "errors"


def test_a_blind_watch_holds_the_permit_until_it_sees_again(blind: Repository) -> None:
    said = blind.verify(ends=1)
    assert (
        "blind: The watch of op-9 in production is blind: down could not be evaluated 3 times in a row or more." in said
    )
    assert "rollback-gov watch … --environment production --once" in said
    blind.capture()
    assert "blind: The watch of op-9" in blind.claim(ends=1)
    blind.permit.unlink()
    assert "The watch of op-9 in production is blind" in blind.issue(ends=1)
    errors(blind).write_text("0")
    watch(blind, "--once")
    blind.issue()
    blind.verify()
    blind.claim()


def test_two_readings_are_not_blindness_yet(issued: Repository) -> None:
    errors(issued).unlink()
    watch(issued, "--once")
    watch(issued, "--once")
    issued.verify()


def test_another_environments_watch_is_none_of_its_business(blind: Repository) -> None:
    folder = blind.root / "incidents" / "watch-op-9-production"
    folder.rename(folder.with_name("watch-op-9-blue"))
    blind.verify()


def test_the_watch_of_one_region_holds_the_permit_too(blind: Repository) -> None:
    folder = blind.root / "incidents" / "watch-op-9-production"
    folder.rename(folder.with_name("watch-op-9-production+eu"))
    regions = "regions: {order: [us, eu], strategy: {max_parallel: 1, gate_between: none, max_failures: 0}}\n"
    blind.plan.write_text(blind.plan.read_text() + regions)
    said = blind.verify(ends=1)
    assert "blind: The watch of op-9 in production (eu) is blind: down could not be evaluated" in said
    assert "--environment production --region eu --once" in said


def test_what_was_seen_an_hour_ago_does_not_count(blind: Repository) -> None:
    now = datetime.now(UTC)
    blind.verify("--now", stamp(now + timedelta(minutes=59)), ends=1)
    blind.verify("--now", stamp(now + timedelta(minutes=61)))


def test_of_two_watchers_one_that_sees_is_enough(blind: Repository) -> None:
    state = blind.root / "incidents" / "watch-op-9-production" / "state.json"
    document = json.loads(state.read_text())
    seeing = json.loads(json.dumps(document))
    del seeing["states"]["down"]["state"]["unknowns"]
    other = state.with_name("state-2.json")
    other.write_text(json.dumps(seeing))
    blind.verify()
    seeing["states"]["down"]["state"]["last"] -= 301_000
    other.write_text(json.dumps(seeing))
    blind.verify(ends=1)


def test_a_state_that_is_damaged_or_of_another_plan_holds_nothing(blind: Repository) -> None:
    state = blind.root / "incidents" / "watch-op-9-production" / "state.json"
    document = json.loads(state.read_text())
    state.write_text("{")
    blind.verify()
    document["states"]["down"]["trigger"] = "0" * 64
    state.write_text(json.dumps(document))
    blind.verify()


def test_an_emergency_sets_it_aside(blind: Repository) -> None:
    blind.capture()
    who = ("--out", "keys/barbara.pem", "--id", "barbara", "--role", "break-glass", "--person", "Barbara")
    blind.gov("keys", "generate", *who, "--add-to-trust")
    why = ("--incident", "INC-1", "--reason", "customers cannot pay", "--waive", "blind", "--key", "keys/barbara.pem")
    blind.gov("break-glass", "open", str(blind.plan), "-e", "production", *why)
    (glass,) = (blind.root / BREAK_GLASSES).glob("*.json")
    claim = ("permit", "claim", str(blind.plan), "-e", "production", "--break-glass", str(glass))
    assert "waived by break-glass" in blind.gov(*claim)


def test_it_never_stops_a_rollback(blind: Repository) -> None:
    blind.capture()
    said = blind.gov("execute", str(blind.plan), "-e", "production", "--yes", "--reason", "error rate 4 %")
    assert "Rollback PASSED" in said
    assert not (blind.root / BREAK_GLASSES).exists()
