"""Logs in a folder and in a branch: many write at once and nothing is lost, and what a crash leaves is mended."""

from __future__ import annotations

import json
import os
import re
import resource as limits
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from rollback_gov.git import Git
from rollback_gov.records.audit import branch as branch_module
from rollback_gov.records.audit.branch import BranchLog
from rollback_gov.records.audit.chain import check, entries
from rollback_gov.records.audit.entry import EVENTS, Entry, Head
from rollback_gov.records.audit.log import FileLog, Log, LogError, written
from rollback_gov.records.errors import RecordError
from rollback_gov.resources import resource
from tests.records.audit.logs import entry, git, lines

REF = "refs/heads/rollback-gov-audit"
Open = Callable[[], Log]


def remote_clone(tmp_path: Path, name: str) -> Path:
    """Clone the one remote of a test, which is made first."""
    remote = tmp_path / "remote"
    if not remote.exists():
        subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    subprocess.run(["git", "clone", "--quiet", str(remote), str(tmp_path / name)], check=True, capture_output=True)
    return tmp_path / name


@pytest.fixture(params=["folder", "branch", "branch with remote"])
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """A log, empty; each call opens it anew."""
    if request.param == "folder":
        return lambda: FileLog(tmp_path / "audit")
    if request.param == "branch":
        git(tmp_path, "init", "--quiet", "here")
        return lambda: BranchLog(tmp_path / "here", os.environ)
    here = remote_clone(tmp_path, "here")
    return lambda: BranchLog(here, os.environ)


def test_lines_follow_each_other(open_log: Open) -> None:
    assert open_log().head() == Head()
    assert list(open_log().blocks()) == []
    first = open_log().append([entry(1)])
    last = open_log().append([entry(2), entry(3)])
    assert (first.size, last.size) == (1, 3)
    assert open_log().head() == last
    assert b"".join(open_log().blocks()) == lines(3)


def test_every_event_is_described_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")
    rows = page.split("| event | written by |")[1].split("\n\n")[0].splitlines()
    assert {name for row in rows for name in re.findall(r"`([a-z-]+\.[a-z-]+)`", row.split("|")[1])} == EVENTS


def test_a_line_fits_its_schema(open_log: Open) -> None:
    open_log().append([entry(1, data={"reasons": ["expired"], "level": 3, "scenario": None})])
    validator = Draft7Validator(json.loads(resource("schemas", "audit-v1.schema.json").read_text()))
    for line in b"".join(open_log().blocks()).splitlines():
        assert list(validator.iter_errors(json.loads(line))) == []


def test_of_ten_processes_that_append_at_once_none_loses_anything(open_log: Open, tmp_path: Path) -> None:
    """Two hundred entries into a file; fewer into a branch, where each takes a dozen processes of git."""
    is_file = isinstance(open_log(), FileLog)
    kind, folder, each = ("file", "audit", 20) if is_file else ("branch", "here", 2)
    command = [sys.executable, "-m", "tests.records.audit.append", kind, str(tmp_path / folder), str(each)]
    programs = [subprocess.Popen([*command, str(number)]) for number in range(10)]
    assert [program.wait() for program in programs] == [0] * 10
    found = [one.id for one, _ in entries(open_log().blocks(), "the log")]
    assert sorted(found) == sorted(f"{number:08x}{count:08x}" for number in range(10) for count in range(each))


# A folder


def test_a_line_that_was_cut_off_is_taken_away_by_the_next_who_writes(tmp_path: Path) -> None:
    log = FileLog(tmp_path)
    log.append([entry(1)])
    with log.path.open("ab") as file:
        file.write(lines(2)[len(lines(1)) :][:50])
    log.append([entry(2)])
    assert log.path.read_bytes() == lines(2)


def test_a_log_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(LogError, match=r"Cannot write .*log\.jsonl: Is a directory"):
        FileLog(tmp_path).append([entry(1)])
    with pytest.raises(LogError, match=r"Cannot read .*log\.jsonl: "):
        list(FileLog(tmp_path).blocks())
    with pytest.raises(LogError, match=r"Cannot read .*log\.jsonl: "):
        FileLog(tmp_path).head()


def test_a_disk_that_takes_only_half_a_line_keeps_none_of_it(tmp_path: Path) -> None:
    log = FileLog(tmp_path)
    log.append([entry(1)])
    with smaller_than(len(lines(1)) + 50), pytest.raises(LogError, match=r"Cannot write .*log\.jsonl: File too large"):
        log.append([entry(2), entry(3)])
    assert log.path.read_bytes() == lines(1)


@contextmanager
def smaller_than(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_nothing_is_written_after_a_line_that_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b"{}\n")
    with pytest.raises(RecordError, match="no entry of an audit log"):
        FileLog(tmp_path).append([entry(1)])
    (tmp_path / "log.jsonl").write_bytes(b"x" * 2_000_000 + b"\n")
    with pytest.raises(RecordError, match="the last line is longer than 1 MiB"):
        FileLog(tmp_path).append([entry(1)])


# A branch


def test_a_long_log_is_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch_module, "LINES", 3)
    here = remote_clone(tmp_path, "here")
    log = BranchLog(here, os.environ)
    log.append([entry(number) for number in range(1, 6)])
    log.append([entry(number) for number in range(6, 9)])
    names = git(here, "ls-tree", "-r", "--name-only", REF).split()
    assert names == ["log/000001.jsonl", "log/000002.jsonl", "log/000003.jsonl"]
    assert b"".join(log.blocks()) == lines(8)
    assert git(here, "status", "--porcelain") == ""


def test_a_remote_that_is_away_is_said_and_what_was_seen_can_be_read(tmp_path: Path) -> None:
    here = remote_clone(tmp_path, "here")
    log = BranchLog(here, os.environ)
    log.append([entry(1)])
    (tmp_path / "remote").rename(tmp_path / "away")
    for act in (lambda: log.append([entry(2)]), log.head, lambda: list(log.blocks())):
        with pytest.raises(LogError, match=r"The audit log \(the branch rollback-gov-audit\) cannot be reached: git "):
            act()
    assert b"".join(BranchLog(here, os.environ, offline=True).blocks()) == lines(1)


@pytest.mark.parametrize("attack", ["cut", "written anew", "removed"])
def test_what_the_remote_has_lost_is_noticed_by_whoever_saw_it(tmp_path: Path, attack: str) -> None:
    here, there = remote_clone(tmp_path, "here"), remote_clone(tmp_path, "there")
    log = BranchLog(here, os.environ)
    log.append([entry(1)])
    log.append([entry(2)])
    tip = git(here, "rev-parse", REF)
    if attack == "cut":
        git(there, "fetch", "--quiet", "origin", REF)
        git(there, "push", "--quiet", "--force", "origin", f"FETCH_HEAD~1:{REF}")
    else:
        git(tmp_path / "remote", "update-ref", "-d", REF)
    if attack == "written anew":
        BranchLog(there, os.environ).append([entry(1, by="mallory"), entry(2), entry(3)])
    acts: list[Callable[[], object]] = [lambda: log.append([entry(3)]), log.head]
    for act in acts:
        with pytest.raises(LogError, match="lacks entries that this clone has seen"):
            act()
    assert git(here, "rev-parse", REF) == tip


def bend(folder: Path, files: dict[str, bytes]) -> None:
    """Push a commit upon the log, without force, with these files in it and no others."""
    git(folder, "fetch", "--quiet", "origin", REF)
    git(folder, "read-tree", "--empty")
    for name, content in files.items():
        (folder / "content").write_bytes(content)
        blob = git(folder, "hash-object", "-w", "content")
        git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    tree, identity = git(folder, "write-tree"), ("-c", "user.name=m", "-c", "user.email=m")
    commit = git(folder, *identity, "commit-tree", tree, "-p", "FETCH_HEAD", "-m", "x")
    git(folder, "push", "--quiet", "origin", f"{commit}:{REF}")


CUT = {"log/000001.jsonl": lines(3), "log/000002.jsonl": lines(5)[len(lines(3)) : len(lines(4))]}


@pytest.mark.parametrize(
    ("saw", "files"),
    [
        ("wrote", CUT),
        ("read", CUT),
        ("wrote", {"log/000001.jsonl": lines(3, by="mallory"), "log/000002.jsonl": lines(5)[len(lines(3)) :]}),
        ("wrote", {"log/000001.jsonl": lines(3)}),
    ],
    ids=["cut, seen by who wrote it", "cut, seen by who read it", "its beginning written anew", "a file less"],
)
def test_what_a_push_without_force_took_away_is_noticed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes], saw: str
) -> None:
    """A branch that is protected against force pushes takes a commit that removes lines."""
    monkeypatch.setattr(branch_module, "LINES", 3)
    here, there = remote_clone(tmp_path, "here"), remote_clone(tmp_path, "there")
    writer = BranchLog(there if saw == "read" else here, os.environ)
    writer.append([entry(number) for number in range(1, 6)])
    log = BranchLog(here, os.environ)
    assert b"".join(log.blocks()) == lines(5)
    bend(there, files)
    acts: list[Callable[[], object]] = [lambda: log.append([entry(6)]), log.head, lambda: list(log.blocks())]
    for act in acts:
        with pytest.raises(LogError, match="lacks entries that this clone has seen"):
            act()
    assert b"".join(BranchLog(here, os.environ, offline=True).blocks()) == lines(5)


@pytest.mark.parametrize(
    "files",
    [
        {"log/000001.jsonl": lines(1), "log/000002 x.jsonl": b""},
        {"log/000001.jsonl": lines(1), "log/README.md": b""},
        {"log/000002.jsonl": lines(1)},
        {"log": lines(1)},
    ],
    ids=["a space", "another file", "a gap", "no folder"],
)
def test_a_branch_that_holds_something_else_is_no_log(tmp_path: Path, files: dict[str, bytes]) -> None:
    here, there = remote_clone(tmp_path, "here"), remote_clone(tmp_path, "there")
    BranchLog(there, os.environ).append([entry(1)])
    bend(there, files)
    log = BranchLog(here, os.environ)
    acts: list[Callable[[], object]] = [lambda: log.append([entry(2)]), log.head, lambda: list(log.blocks())]
    for act in acts:
        with pytest.raises(RecordError, match="the branch rollback-gov-audit is no audit log"):
            act()
    assert [problem.code for problem in check(log.blocks(), (), log.name).problems] == ["log-no-entry"]


def test_files_beside_the_log_are_nobodys_business(tmp_path: Path) -> None:
    here, there = remote_clone(tmp_path, "here"), remote_clone(tmp_path, "there")
    BranchLog(here, os.environ).append([entry(1)])
    bend(there, {"log/000001.jsonl": lines(1), "README.md": b"The audit log."})
    assert BranchLog(here, os.environ).append([entry(2)]).size == 2


def test_what_was_pushed_is_not_pushed_again_for_a_reader_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of the same clone moves its ref between the push and our own move."""
    log = BranchLog(remote_clone(tmp_path, "here"), os.environ)
    move = Git.move

    def late(git_: Git, ref: str, commit: str, *, before: str) -> None:
        monkeypatch.setattr(Git, "move", move)
        move(git_, ref, commit, before=before)
        move(git_, ref, commit, before=before)

    monkeypatch.setattr(Git, "move", late)
    assert log.append([entry(1)]).size == 1
    assert b"".join(log.blocks()) == lines(1)


def test_whoever_is_always_slower_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = remote_clone(tmp_path, "here"), remote_clone(tmp_path, "there")
    others = BranchLog(there, os.environ)
    log = BranchLog(here, os.environ)
    count = iter(range(100))

    def slow(mine: Sequence[Entry], before: Head) -> tuple[bytes, Head]:
        monkeypatch.setattr(branch_module, "written", written)
        others.append([entry(next(count))])
        monkeypatch.setattr(branch_module, "written", slow)
        return written(mine, before)

    monkeypatch.setattr(branch_module, "written", slow)
    monkeypatch.setattr(branch_module, "ATTEMPTS", 3)
    with pytest.raises(LogError, match=r"cannot be reached: git push: .*rejected"):
        log.append([entry(99)])
    assert check(others.blocks(), (), "the log").head.size == 3


def test_a_plain_clone_reads_the_log_that_it_has_as_the_branch_of_its_remote(tmp_path: Path) -> None:
    BranchLog(remote_clone(tmp_path, "there"), os.environ).append([entry(1)])
    here = remote_clone(tmp_path, "here")
    (tmp_path / "remote").rename(tmp_path / "away")
    assert git(here, "for-each-ref", REF) == ""
    log = BranchLog(here, os.environ, offline=True)
    assert b"".join(log.blocks()) == lines(1)
    assert log.head().size == 1
    assert git(here, "for-each-ref", REF) == "", "reading changes nothing"
    git(here, "remote", "remove", "origin")
    assert log.head() == Head()
