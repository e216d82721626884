"""A plan with gaps is a draft: it is not executed, rehearsed or captured before somebody has filled them in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.room import Room

GAPS = """\
baseline: [{id: version, run: 'echo v2 > "$SAVE"', save: version.txt}]
phases:
  - id: back
    budget: 20s
    steps:
      - {id: load, run: 'touch ran; echo YOUR-VERSION YOUR-VERSION', timeout: 5s}
contacts: [{role: Owner, reach: YOUR-NUMBER}]
rehearsal: {deploy: {run: touch ran}}
"""
WAIVER = """\
waivers:
  - {rule: RULE, operation: op-3, reason: Words, owner: ann, approved_by: bob,
     created: "2020-01-01", expires: "2020-02-01"}
"""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    places = "environments: {production: {class: production}, staging: {class: staging}}\n"
    return Room(tmp_path / "shop", GAPS, places)


def ran(room: Room) -> bool:
    return (room.plan.parent / "ran").exists()


def test_execute_names_each_gap_with_its_place_and_begins_nothing(room: Room) -> None:
    code, out, err = room.gov(*room.execute("--yes"))
    assert (code, out) == (1, "")
    assert "The rollback was not started: the plan has 2 gaps that nobody filled in." in err
    assert err.splitlines()[1:3] == [f"  - {room.plan}:11:42: YOUR-VERSION", f"  - {room.plan}:12:33: YOUR-NUMBER"]
    assert "--override gaps" in err
    assert not ran(room)
    assert not (room.root / "incidents").exists()


def test_the_same_gaps_are_found_by_validate(room: Room) -> None:
    _, out, _ = room.gov("validate", str(room.plan))
    assert out.count("error RG010") == 2


def test_a_dry_run_shows_a_draft(room: Room) -> None:
    code, out, _ = room.gov(*room.execute("--dry-run"))
    assert code == 0
    assert "YOUR-VERSION" in out


def test_a_person_may_insist_and_it_is_written_down(room: Room) -> None:
    code, _, err = room.gov(
        *room.execute("--override", "gaps", "--override", "baseline", "--override-reason", "it burns")
    )
    assert code == 0, err
    assert ran(room)
    assert {"check": "gaps", "reason": "it burns", "by": "ann"} in room.of("override")


def test_nothing_is_written_down_where_there_are_none(room: Room) -> None:
    text = room.plan.read_text()
    room.plan.write_text(text.replace("YOUR-VERSION", "v2").replace("YOUR-NUMBER", "the bell"))
    code, _, err = room.gov(
        *room.execute("--override", "gaps", "--override", "baseline", "--override-reason", "it burns")
    )
    assert code == 0, err
    assert [entry for entry in room.of("override") if entry["check"] == "gaps"] == []


@pytest.mark.parametrize("command", ["rehearse", "capture"])
def test_on_the_way_out_nobody_may_insist(room: Room, command: str) -> None:
    code, _, err = room.gov(command, str(room.plan), "-e", "staging")
    assert code == 1
    assert f"The {command.replace('rehearse', 'rehearsal')} was not started: the plan has 2 gaps" in err
    assert "--override" not in err
    assert not ran(room)


def test_what_a_waiver_accepts_is_no_gap_even_when_it_has_expired(room: Room) -> None:
    (room.root / ".rollback-gov" / "waivers.yaml").write_text(WAIVER.replace("RULE", "RG010"))
    code, _, err = room.gov(*room.execute("--override", "baseline", "--override-reason", "none was kept"))
    assert code == 0, err
    assert ran(room)


OTHERS = [WAIVER.replace("RULE", "RG120"), WAIVER.replace("RULE", "RG010").replace("op-3", "op-4"), "waivers: ["]


@pytest.mark.parametrize("entry", OTHERS)
def test_other_waivers_and_unreadable_ones_change_nothing(room: Room, entry: str) -> None:
    (room.root / ".rollback-gov" / "waivers.yaml").write_text(entry)
    code, _, err = room.gov(*room.execute())
    assert code == 1
    assert "2 gaps" in err


def test_a_waiver_for_a_step_accepts_only_what_stands_there(room: Room) -> None:
    entry = WAIVER.replace("RULE", "RG010").replace("op-3,", "op-3, step: phases/back/load,")
    (room.root / ".rollback-gov" / "waivers.yaml").write_text(entry)
    code, _, err = room.gov(*room.execute())
    assert code == 1
    assert "a gap that nobody" in err
    assert "YOUR-NUMBER" in err
    assert "YOUR-VERSION" not in err
