"""What a scan keeps on disk: whole or not at all, by one scan at a time."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.fleet.snapshot import Kept, Outcome, Snapshot
from rollback_gov.commands.fleet.state import State, opened
from rollback_gov.commands.fleet.targets import Target
from rollback_gov.model.errors import UsageError

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SOURCE = {"organisation": "team"}
TARGETS = (Target(name="team/one", is_listed=True), Target(name="Team/Two", is_listed=True, closed="archived"))
ONE = Outcome(asked="team/one", kind="read", name="team/one")
SNAPSHOT = Snapshot(repository="team/one", tree="a", etag="b", files={"x": Kept(sha="c", raw=b"\0\xff")}, plans=("x",))


def begun(folder: Path) -> None:
    with opened(folder) as state:
        assert state.begin(SOURCE, NOW) is False
        state.listed(TARGETS)
        state.finish(ONE, SNAPSHOT)


def test_an_interrupted_scan_goes_on(tmp_path: Path) -> None:
    begun(tmp_path)
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW + timedelta(hours=23)) is True
        assert state.targets == TARGETS
        assert state.done == {"team/one": ONE}
        assert state.snapshot("team/one") == SNAPSHOT
        state.finish(Outcome(asked="Team/Two", kind="archived"), None)
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW) is True
        assert set(state.done) == {"team/one", "Team/Two"}


@pytest.mark.parametrize(
    ("source", "later"), [({"organisation": "other"}, 0.0), (SOURCE, 24.0), (SOURCE, -1.0), ({}, 0.0)]
)
def test_another_scan_or_a_later_one_begins_anew(tmp_path: Path, source: dict[str, str], later: float) -> None:
    begun(tmp_path)
    with opened(tmp_path) as state:
        assert state.begin(source, NOW + timedelta(hours=later)) is False
        assert (state.targets, state.done) == (None, {})
        assert state.snapshot("team/one") == SNAPSHOT, "what is known of repositories stays"


@pytest.mark.parametrize("cut", range(0, 400, 23))
def test_a_line_that_was_torn_never_was(tmp_path: Path, cut: int) -> None:
    begun(tmp_path)
    file = tmp_path / "scan.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    lines = whole[:cut].count(b"\n")
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW) is (lines > 0)
        assert state.targets == (TARGETS if lines > 1 else None)
        assert set(state.done) == ({"team/one"} if lines > 2 else set())
        state.finish(Outcome(asked="Team/Two", kind="archived"), None)
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW) is True
        assert "Team/Two" in state.done, "the next line did not go on in the torn one"


def test_lines_behind_one_that_is_none_do_not_count(tmp_path: Path) -> None:
    begun(tmp_path)
    file = tmp_path / "scan.jsonl"
    first, *others = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + b"{\n" + b"".join(others))
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW) is True
        assert (state.targets, state.done) == (None, {})


def test_what_failed_is_tried_again_by_whoever_goes_on(tmp_path: Path) -> None:
    begun(tmp_path)
    with opened(tmp_path) as state:
        state.begin(SOURCE, NOW)
        state.finish(Outcome(asked="team/two", kind="failed", reason="502"), None)
        assert state.done["team/two"].reason == "502"
    with opened(tmp_path) as state:
        state.begin(SOURCE, NOW)
        assert "team/two" not in state.done


def test_the_end_remembers_what_was_wanting_and_forgets_what_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path) as state:
        assert state.last() is None
        state.begin(SOURCE, NOW)
        state.finish(Outcome(asked="team/gone", kind="read"), SNAPSHOT)
        state.remember([], NOW)
        state.end()
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW) is False
        state.finish(ONE, SNAPSHOT)
        state.remember([("team/one", "pay"), ("team/one", "ä")], NOW)
        state.end()
        assert state.last() == frozenset({("team/one", "pay"), ("team/one", "ä")})
        assert state.snapshot("team/gone") is None
        assert state.snapshot("TEAM/ONE") == SNAPSHOT


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"wanting": 7}', '{"wanting": [7]}', "\x00"])
def test_a_last_scan_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "last.json").write_text(text)
    with opened(tmp_path) as state:
        assert state.last() is None


def test_anew_forgets_what_is_known(tmp_path: Path) -> None:
    begun(tmp_path)
    with opened(tmp_path) as state:
        state.forget()
        assert state.snapshot("team/one") is None
        assert state.begin(SOURCE, NOW) is False


def test_two_scans_never_share_a_folder(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(UsageError, match=r"Another scan uses"), opened(tmp_path):
        pass
    with opened(tmp_path):
        pass


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Cannot keep the state"), opened(tmp_path / "file" / "state"):
        pass


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    begun(folder)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes["state"] == modes["repositories"] == 0o700
    assert modes["scan.jsonl"] == modes["lock"] == 0o600


def test_no_room_is_said_and_no_defect(tmp_path: Path) -> None:
    with opened(tmp_path) as state:
        state.begin(SOURCE, NOW)
        (tmp_path / "repositories").touch()
        with pytest.raises(UsageError, match=f"Cannot keep the state in {tmp_path}: "):
            state.finish(ONE, SNAPSHOT)


def test_what_a_killed_scan_left_behind_is_cleared_away(tmp_path: Path) -> None:
    begun(tmp_path)
    left = [
        tmp_path / ".scan.jsonl.0123.part",
        tmp_path / "repositories" / "team" / ".one.json.gz.0123.part",
        tmp_path / "work" / "tmp1" / "plan.yaml",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with opened(tmp_path) as state:
        assert not any(path.exists() for path in left)
        assert state.workplace.is_dir()
    assert not (tmp_path / "work").exists()


def test_a_snapshot_that_was_damaged_is_read_again(tmp_path: Path) -> None:
    begun(tmp_path)
    file = tmp_path / "repositories" / "team" / "one.json.gz"
    file.write_bytes(file.read_bytes()[:-5])
    assert State(tmp_path).snapshot("team/one") is None
    with opened(tmp_path) as state:
        assert state.begin(SOURCE, NOW) is True
        assert state.done == {}
