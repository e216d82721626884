"""What a check of the audit log finds: any change, and with a checkpoint also a cut and a rewriting."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.records.audit.chain import Checkpoint, check
from rollback_gov.records.audit.entry import Head
from rollback_gov.records.audit.log import head_of
from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.errors import RecordError
from tests.records.audit.logs import checked, head, lines

LOG = lines(9, data={"reasons": ["expired", "plan-changed"], "note": "zwölf\r\n\u2028 ::error::"})
ROWS = [row + b"\n" for row in LOG.split(b"\n")[:-1]]
SEEN = Checkpoint(head(LOG), "the permit production-1")


def edited(line: int, **fields: object) -> list[bytes]:
    """Change a line and leave the rest as it is."""
    row = canonical_json(json.loads(ROWS[line - 1]) | fields)
    return [*ROWS[: line - 1], row + b"\n", *ROWS[line:]]


def test_a_log_as_it_was_written_is_whole() -> None:
    result = checked(LOG, SEEN, Checkpoint(Head(), "the beginning"))
    assert result.problems == ()
    assert result.head.size == 9
    assert result.confirmed == ("the beginning", "the permit production-1")


def test_a_log_without_lines_is_whole() -> None:
    assert checked(b"").head == Head()
    assert checked(b"").problems == ()


@pytest.mark.parametrize(
    ("rows", "code", "problem"),
    [
        (edited(4, by="mallory"), "log-changed", "the log:5: the chain is broken"),
        (edited(4, number=5), "log-moved", "the log:4: the chain is broken"),
        (ROWS[:3] + ROWS[4:], "log-moved", "the log:4: the chain is broken"),
        ([*ROWS[:3], ROWS[4], ROWS[3], *ROWS[5:]], "log-moved", "the log:4: the chain is broken"),
        ([*ROWS[:3], ROWS[2], *ROWS[3:]], "log-moved", "the log:4: the chain is broken"),
        (ROWS[1:], "log-moved", "the log:1: the chain is broken"),
        ([*ROWS[:3], b"\n", *ROWS[3:]], "log-no-entry", "the log:4: the line is no entry"),
        ([*ROWS[:3], b"[" * 100_000 + b"\n", *ROWS[3:]], "log-no-entry", "the log:4: the line is no entry"),
        (edited(4, more=True), "log-no-entry", "the log:4: the line is no entry"),
        ([*ROWS[:8], ROWS[8][:-1]], "log-torn", "the log:9: the last line has no end"),
    ],
    ids=["edited", "renumbered", "removed", "moved", "twice", "beheaded", "empty", "nested", "more keys", "torn"],
)
def test_what_the_chain_shows_by_itself(rows: list[bytes], code: str, problem: str) -> None:
    (found,) = checked(b"".join(rows)).problems
    assert found.code == code
    assert found.message.startswith(problem)


@pytest.mark.parametrize(
    "fields",
    [
        {"number": "9"},
        {"number": 9.0},
        {"number": True},
        {"at": 5},
        {"at": "yesterday"},
        {"at": "2026-11-30T02:31:01"},
        {"by": None},
        {"by": "\ud800"},
        {"data": ["expired"]},
        {"data": {"seconds": float("nan")}},
    ],
    ids=str,
)
def test_a_line_that_nobody_could_show_is_no_entry(fields: dict[str, object]) -> None:
    """Whoever may push the log may follow the chain and write any bytes; the last line is the next writer's too."""
    row = json.dumps(json.loads(ROWS[8]) | fields).encode()
    (found,) = checked(b"".join([*ROWS[:8], row + b"\n"])).problems
    assert found == ("log-no-entry", "the log:9: the line is no entry of an audit log.")
    with pytest.raises(RecordError, match="the log: the line is no entry"):
        head_of(row, "the log")


def test_an_edited_last_line_is_seen_by_a_checkpoint() -> None:
    log = b"".join(edited(9, by="mallory"))
    assert checked(log).problems == ()
    assert checked(log, SEEN).problems == (
        (
            "log-rewritten",
            "The first 9 entries are not those that the permit production-1 saw: the log was written anew.",
        ),
    )


def test_a_log_that_was_cut_is_seen_by_a_checkpoint() -> None:
    log = b"".join(ROWS[:6])
    assert checked(log).problems == ()
    assert checked(log, SEEN).problems == (
        ("log-truncated", "the log ends after 6 entries, and the permit production-1 saw 9: its end was cut off."),
    )


def test_a_log_that_was_written_anew_is_seen_by_a_checkpoint() -> None:
    log = lines(12, by="mallory")
    assert checked(log).problems == ()
    assert [problem.code for problem in checked(log, SEEN).problems] == ["log-rewritten"]


def test_a_log_that_was_cut_and_has_grown_again_is_seen_by_a_checkpoint() -> None:
    longer = lines(20, data={"reasons": ["expired", "plan-changed"], "note": "zwölf\r\n\u2028 ::error::"})
    assert longer.startswith(LOG)
    assert checked(longer, SEEN).confirmed == ("the permit production-1",)


def test_an_endless_line_is_not_read_to_its_end() -> None:
    endless = check([LOG, *[b"x" * 65_536] * 17, b"\n"], (), "the log")
    assert endless.problems == (("log-too-long", "the log:10: the line is longer than 1 MiB."),)


@given(st.data())
def test_no_byte_can_change_unseen(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(LOG) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != LOG[at]))
    assert checked(LOG[:at] + bytes([byte]) + LOG[at + 1 :], SEEN).problems
