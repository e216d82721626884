"""Looking into a journal from the command line."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.room import Room, wait_for
from tests.execution.mirror.places import git

SLOW = """\
phases:
  - id: back
    name: Go back
    budget: 50s
    steps: [{id: load, run: 'printf "\\\\033[2Jv2"; until test -e go; do sleep 0.02; done; exit 0', timeout: 30s}]
"""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path / "room")
    code, out, err = made.gov(*made.execute())
    assert code == 0, out + err
    return made


def journal(room: Room) -> Path:
    return room.incident / "journal.jsonl"


def printed(room: Room, *words: str) -> str:
    """What a process of its own prints, byte by byte."""
    process = room.process("journal", *words)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_show_tells_every_event(room: Room) -> None:
    code, out, _ = room.gov("journal", "show")
    assert code == 0
    events = room.events()
    lines = out.splitlines()
    assert len(lines) == len(events)
    for line, event in zip(lines, events, strict=True):
        assert line.split()[:3] == [str(event["seq"]), event["at"][11:23], event["type"]]
    assert "step: phases/back/load: passed" in out
    assert 'step.intent           step=phases/back/load title="Load v2" action=run attempt=1' in out


def test_show_json_and_export_give_the_very_lines(room: Room, tmp_path: Path) -> None:
    lines = journal(room).read_text()
    assert printed(room, "show", room.incident.name, "--json") == lines
    assert printed(room, "export", str(room.incident)) == lines
    assert printed(room, "export", str(journal(room))) == lines
    copy = tmp_path / "copy.jsonl"
    code, out, err = room.gov("journal", "export", "-o", str(copy))
    assert (code, out) == (0, "")
    assert err == f"{lines.count(chr(10))} events written to {copy}\n"
    assert copy.read_text() == lines
    code, _, err = room.gov("journal", "export", "-o", str(tmp_path / "no" / "where"))
    assert (code, "Cannot write" in err) == (2, True)


def test_verify_names_the_head(room: Room) -> None:
    code, out, _ = room.gov("journal", "verify")
    head = sha256(journal(room).read_bytes().splitlines()[-1]).hexdigest()
    assert code == 0
    assert out == f"whole   {journal(room)}\nevents  {len(room.events())}\nhead    {head}\n"
    with journal(room).open("ab") as file:
        file.write(b'{"seq":99,"torn')
    code, out, _ = room.gov("journal", "verify")
    assert code == 0
    assert out.endswith("torn    15 bytes after the last line; nothing acted on them\n")
    code, out, _ = room.gov("journal", "verify", "--json")
    assert json.loads(out) == {
        "name": str(journal(room)),
        "events": len(room.events()),
        "head": head,
        "torn": 15,
        "problem": "",
    }


def test_verify_names_the_line_that_was_changed(room: Room) -> None:
    lines = journal(room).read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"seq":4', b'"seq":5', 1)
    journal(room).write_bytes(b"".join(lines))
    code, out, _ = room.gov("journal", "verify")
    assert code == 1
    assert out == f"BROKEN  {journal(room)}:4: the line was changed: it is not what its digest says.\n"
    code, out, _ = room.gov("journal", "verify", "--json")
    assert (code, json.loads(out)["problem"].startswith(f"{journal(room)}:4:")) == (1, True)
    for words in (("show",), ("export",)):
        code, _, err = room.gov("journal", *words)
        assert (code, ":4: the line was changed" in err) == (2, True)


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    room = Room(tmp_path / "room")
    code, out, _ = room.gov("journal", "verify", str(tmp_path / "empty.jsonl"))
    assert code == 0
    assert f"events  0\nhead    {'0' * 64}" in out
    code, _, err = room.gov("journal", "show", "nothing")
    assert (code, "There is no run 'nothing'" in err) == (2, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_journal_that_may_not_be_read(room: Room) -> None:
    journal(room).chmod(0)
    code, _, err = room.gov("journal", "verify")
    assert (code, "Permission denied" in err) == (2, True)


def test_follow_goes_with_the_run_and_ends_with_it(tmp_path: Path) -> None:
    room = Room(tmp_path / "room", body=SLOW)
    process = room.process(*room.execute())
    wait_for(lambda: room.of("step.intent"))
    follower = room.process("journal", "show", "latest", "--follow")
    assert follower.stdout is not None
    seen = ""
    while "step.intent" not in seen:
        seen += follower.stdout.readline()
    (room.plan.parent / "go").touch()
    out, err = follower.communicate(timeout=60)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert follower.returncode == 0, err
    assert (seen + out).splitlines()[-1].endswith("run: ended: passed")
    assert "\033" not in seen + out
    code, _, err = room.gov("journal", "show", "latest", "--follow", "--from-mirror", "git:")
    assert (code, "does not go with" in err) == (2, True)
    code, _, err = room.gov("journal", "show", "latest", "--distributed")
    assert (code, "Name the database of the workers" in err) == (2, True)


def test_a_journal_is_read_from_its_mirror(tmp_path: Path) -> None:
    room = Room(tmp_path / "room")
    git(room.root, "init", "--quiet")
    code, out, err = room.gov(*room.execute("--journal-mirror", "git:"))
    assert code == 0, out + err
    lines, run = journal(room).read_text(), room.incident.name
    shutil.rmtree(room.root / "incidents")
    assert printed(room, "export", run, "--from-mirror", "git:") == lines
    code, out, _ = room.gov("journal", "verify", run, "--from-mirror", "git:")
    assert (code, out.splitlines()[0]) == (0, f"whole   git:refs/rollback-gov/{run}")


def test_a_run_on_a_network_disk_is_refused_unless_overridden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.commands.journal.network_kind", lambda _mountinfo, _path: "nfs4")
    room = Room(tmp_path / "room")
    code, _, err = room.gov(*room.execute())
    assert code == 1
    assert "is on a network file system (nfs4)" in err
    assert "--override network-disk" in err
    shutil.rmtree(room.root / "incidents")
    code, out, err = room.gov(*room.execute("--override", "network-disk", "--override-reason", "there is no other"))
    assert code == 0, out + err
    assert {"check": "network-disk", "reason": "there is no other", "by": "ann"} in room.of("override")
