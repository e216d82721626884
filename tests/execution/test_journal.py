"""The journal: what is written has happened, what was changed is found, and nobody else writes meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollback_gov.execution.chain import parse_lines
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, FIRST, Journal, JournalError, lock, read_journal
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.store import is_being_written
from rollback_gov.model.event import Event
from tests.execution.conftest import Hands
from tests.execution.memory import journal_in_memory
from tests.thoroughness import examples


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path, SystemClock())
    yield opened
    opened.close()


def written(folder: Path, count: int = 4) -> Path:
    """A closed journal of ``count`` events."""
    journal = Journal(folder, Hands())
    for number in range(1, count + 1):
        journal.append("event", {"number": number})
    journal.close()
    return folder / FILE


def test_an_event_is_one_line_that_jq_reads(journal: Journal, tmp_path: Path) -> None:
    event = journal.append("run.started", {"run": "r-1"})
    line = (tmp_path / FILE).read_text()
    assert line.count("\n") == 1
    body, _, own = line.strip().rpartition(',"digest":')
    assert json.loads(own.removesuffix("}")) == sha256((body + "}").encode()).hexdigest()
    assert json.loads(body + "}") == {
        "seq": 1,
        "at": event.at,
        "monotonic": event.monotonic,
        "type": "run.started",
        "data": {"run": "r-1"},
        "previous": FIRST,
    }


def test_each_line_holds_the_digest_of_the_line_before(tmp_path: Path) -> None:
    lines = written(tmp_path).read_bytes().splitlines()
    for before, line in pairwise(lines):
        assert json.loads(line)["previous"] == sha256(before).hexdigest()


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Hands())
    events = [journal.append("a", {"x": 1}), journal.append("b")]
    journal.close()
    assert list(read_journal(tmp_path / FILE)) == events
    again = Journal(tmp_path, Hands())
    assert again.events == events
    assert again.append("c").seq == 3
    again.close()
    assert [event.type for event in read_journal(tmp_path / FILE)] == ["a", "b", "c"]


def test_every_event_is_synced_before_append_returns(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import Journal
journal = Journal(Path(sys.argv[1]), SystemClock())
for _ in range(3):
    journal.append("event")
    print("returned", flush=True)
"""
    strace = ["strace", "-f", "-e", "trace=write,fdatasync", "-o", str(tmp_path / "trace")]
    try:
        subprocess.run([*strace, sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"strace cannot be used here: {error}")
    calls = (tmp_path / "trace").read_text().splitlines()
    marks = [
        mark
        for line in calls
        for mark, part in (("written", '{\\"seq\\"'), ("synced", "fdatasync("), ("returned", '"returned'))
        if part in line
    ]
    assert marks == ["written", "synced", "returned"] * 3


@pytest.mark.parametrize("torn", [b"{", b'{"seq":5,"at":"x"}', '{"seq":5,"ä'.encode()[:-1], b"\0" * 4096])
def test_a_torn_last_line_is_cut(tmp_path: Path, torn: bytes) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert len(read_journal(path)) == 4
    journal = Journal(tmp_path, SystemClock())
    assert path.read_bytes() == whole
    journal.append("after")
    journal.close()
    assert [event.seq for event in read_journal(path)] == [1, 2, 3, 4, 5]


def test_a_journal_that_was_torn_in_its_first_line_is_empty(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"seq":1')
    journal = Journal(tmp_path, SystemClock())
    assert journal.events == []
    assert journal.append("first").previous == FIRST
    journal.close()


def edited(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"number":2', b'"number":7'), *lines[2:]]


def inserted(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1], lines[1], *lines[2:]]


def removed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], *lines[2:]]


def swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], lines[3]]


def first_removed(lines: list[bytes]) -> list[bytes]:
    return lines[1:]


@pytest.mark.parametrize(
    ("change", "number", "problem"),
    [
        (edited, 2, "the line was changed"),
        (inserted, 3, "the chain is broken"),
        (removed, 2, "the chain is broken"),
        (swapped, 2, "the chain is broken"),
        (first_removed, 1, "the chain is broken"),
    ],
)
def test_a_changed_journal_is_found_at_its_line(tmp_path: Path, change: Any, number: int, problem: str) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    for read in (lambda: read_journal(path), lambda: Journal(tmp_path, SystemClock())):
        with pytest.raises(JournalError, match=f"{FILE}:{number}: {problem}"):
            read()


@pytest.mark.parametrize(
    "line",
    [b"no json", b"[]", b"5", b'{"seq": 2}', b'{"seq": 2, "surplus": 1}', b"", b"\xff\xfe", b"[" * 100_000],
    ids=["text", "list", "number", "short", "surplus", "empty", "bytes", "deep"],
)
def test_a_line_that_is_no_event_is_named(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], line, *lines[2:], b""]))
    with pytest.raises(JournalError, match=f"{FILE}:2: the line is not an event") as broken:
        read_journal(path)
    assert "damaged" in broken.value.hint


def test_a_removed_end_is_not_found_by_the_chain_alone(tmp_path: Path) -> None:
    """Whoever cuts whole lines off the end leaves a shorter journal; the digest in the evidence is what shows it."""
    path = written(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    assert len(read_journal(path)) == 2


HOSTILE = {
    "lines": "one\ntwo\r\nthree\u2028four\u0085five",
    "nul": "a\0b",
    "surrogate": "\udcff lone \ud800",
    "quotes": '"}\n{"seq":9,"type":"run.finished"}',
    "unicode": "Ä 日本 🎉",
    "terminal": "\x1b[2J\x07",
    "long": "x" * 1_048_576,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    journal = Journal(tmp_path, SystemClock())
    journal.append("event", {"text": text})
    journal.append("event", {"after": True})
    journal.close()
    events = read_journal(tmp_path / FILE)
    assert len(events) == 2
    assert events[0].data == {"text": text}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    entries=st.lists(st.dictionaries(st.text(), _json, max_size=4), min_size=1, max_size=5), torn=st.binary(max_size=20)
)
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_data_survives_a_crash_after_any_line(tmp_path: Path, entries: list[dict[str, Any]], torn: bytes) -> None:
    (tmp_path / FILE).unlink(missing_ok=True)
    for entry in entries:
        journal = Journal(tmp_path, Hands())
        journal.append("event", entry)
        journal.close()
        with (tmp_path / FILE).open("ab") as file:
            file.write(torn.replace(b"\n", b""))
    assert [event.data for event in read_journal(tmp_path / FILE)] == entries


def test_secrets_are_masked_before_they_are_written(tmp_path: Path) -> None:
    masker = Masker(["hunter2"])
    journal = Journal(tmp_path, SystemClock(), mask=masker.data)
    event = journal.append("step.finished", {"detail": "hunter2", "checks": [{"observed": "is hunter2"}], "exit": 1})
    journal.close()
    assert event.data == {"detail": "***", "checks": [{"observed": "is ***"}], "exit": 1}
    assert b"hunter2" not in (tmp_path / FILE).read_bytes()


def test_names_are_not_masked_or_the_run_would_forget_its_steps(tmp_path: Path) -> None:
    masker = Masker(["database", "passed"])
    journal = Journal(tmp_path, SystemClock(), mask=masker.data)
    data = {"step": "phases/database/restore", "result": "passed", "detail": "the database passed"}
    assert journal.append("step.finished", data).data == data | {"detail": "the *** ***"}
    journal.close()


def test_a_second_process_is_told_that_the_journal_is_busy(journal: Journal, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import Journal, JournalError
try:
    Journal(Path(sys.argv[1]), SystemClock())
except JournalError as error:
    print(error, "|", error.hint)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == (
        f"Another process is writing {tmp_path / FILE}. | Wait for it, or look at it with `rollback-gov status`.\n"
    )
    journal.append("still ours")


def test_a_lock_that_is_given_up_within_two_seconds_is_waited_for(tmp_path: Path) -> None:
    first = Journal(tmp_path, SystemClock())
    timer = threading.Timer(0.3, first.close)
    timer.start()
    second = Journal(tmp_path, SystemClock())
    second.close()
    timer.join()


def test_the_lock_is_tried_for_two_seconds_of_the_given_clock(tmp_path: Path) -> None:
    clock = Hands()
    held, wanted = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(2))
    try:
        lock(held, clock, "busy")
        began = clock.monotonic()
        with pytest.raises(JournalError, match=r"^busy$"):
            lock(wanted, clock, "busy")
        assert clock.monotonic() - began == pytest.approx(2, abs=0.1)
    finally:
        os.close(held)
        os.close(wanted)


def test_a_broken_journal_lets_go_of_its_lock(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(b"nonsense\n")
    with pytest.raises(JournalError):
        Journal(tmp_path, Hands())
    path.write_bytes(whole)
    Journal(tmp_path, Hands()).close()


def test_threads_may_append_side_by_side(journal: Journal, tmp_path: Path) -> None:
    threads = [threading.Thread(target=lambda: [journal.append("event") for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_journal(tmp_path / FILE)) == 200


def test_a_missing_journal_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"Cannot read the journal .*: No such file or directory"):
        read_journal(tmp_path / FILE)
    with pytest.raises(JournalError, match=r"Cannot open the journal .*: No such file or directory"):
        Journal(tmp_path / "nowhere", SystemClock())


def test_a_full_disk_is_said_and_leaves_the_journal_whole(tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import Journal, JournalError
journal = Journal(Path(sys.argv[1]), SystemClock())
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
journal.append("fits", {"text": "x" * 1000})
try:
    journal.append("too much", {"text": "x" * 10_000})
except JournalError as error:
    print(error, "|", error.hint)
journal.append("fits again", {"text": "x" * 1000})
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == (
        f"Cannot write the journal {tmp_path / FILE}: File too large. | "
        f"Make room, then: rollback-gov resume {tmp_path.name}\n"
    )
    assert [event.type for event in read_journal(tmp_path / FILE)] == ["fits", "fits again"]


def test_a_journal_that_was_removed_is_written_anew(tmp_path: Path) -> None:
    """``git clean -fdx`` in a step takes everything away that is not committed."""
    folder = tmp_path / "incident"
    folder.mkdir()
    journal = Journal(folder, SystemClock())
    journal.append("before", {"text": "ä \udcff \ud800", "number": 0.1})
    shutil.rmtree(folder)
    journal.append("after")
    journal.append("and on")
    journal.close()
    events = read_journal(folder / FILE)
    assert [event.type for event in events] == ["before", "after", "and on"]
    assert events[0].data == {"text": "ä \udcff \ud800", "number": 0.1}
    again = Journal(folder, SystemClock())
    assert tuple(again.events) == events
    again.close()


def test_a_journal_that_cannot_be_written_anew_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "incident"
    folder.mkdir()
    journal = Journal(folder, SystemClock())
    journal.append("before")
    shutil.rmtree(folder)
    folder.write_text("a file stands there now")
    with pytest.raises(JournalError, match="Cannot write the journal"):
        journal.append("after")
    journal.close()


@given(
    data=st.data(), entries=st.lists(st.dictionaries(st.text(max_size=5), _json, max_size=3), min_size=1, max_size=4)
)
@settings(max_examples=examples(150))
def test_any_byte_that_is_changed_is_found_at_its_line(data: st.DataObject, entries: list[dict[str, Any]]) -> None:
    """Wherever it is, also in the last line; only the line feed at the very end makes a torn line of the last."""
    journal = journal_in_memory()
    for entry in entries:
        journal.append("event", entry)
    raw = journal.lines()
    place = data.draw(st.integers(0, len(raw) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda new: new != raw[place]))
    changed = raw[:place] + bytes([byte]) + raw[place + 1 :]
    number = raw.count(b"\n", 0, place) + 1
    with pytest.raises(JournalError, match=rf"^memory:{number}: "):
        parse_lines(changed, "memory")


def test_a_line_of_an_older_version_has_no_digest(tmp_path: Path) -> None:
    lines = [line.rpartition(b',"digest"')[0] + b"}" for line in written(tmp_path).read_bytes().splitlines()]
    chained: list[bytes] = []
    for line in lines:
        previous = sha256(chained[-1]).hexdigest() if chained else FIRST
        chained.append(json.dumps({**json.loads(line), "previous": previous}).encode())
    assert len(parse_lines(b"".join(line + b"\n" for line in chained), "old")) == 4


def test_who_writes_a_journal_is_seen(tmp_path: Path) -> None:
    path = tmp_path / FILE
    assert not is_being_written(path)
    journal = Journal(tmp_path, SystemClock())
    assert is_being_written(path)
    journal.close()
    assert not is_being_written(path)


def test_listeners_hear_of_each_event_and_may_write_themselves(journal: Journal, tmp_path: Path) -> None:
    def answer(event: Event) -> None:
        if event.type == "question":
            journal.append("answer", {"to": event.seq})

    journal.listeners.append(answer)
    journal.append("question")
    assert [event.type for event in read_journal(tmp_path / FILE)] == ["question", "answer"]
    assert journal.lines() == (tmp_path / FILE).read_bytes()
