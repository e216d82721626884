"""Answers from elsewhere, and everything else that may lie in an inbox."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from rollback_gov.execution.inbox import FOLDER, Answer, Cancel, answers, leave, leave_cancel, take_cancel, use_up
from rollback_gov.model.errors import UsageError

ANSWER = Answer(step="phases/one/ask", decision="approved", by="bob ä", reason="seen", executable="abc")


def test_an_answer_is_picked_up_as_it_was_left(tmp_path: Path) -> None:
    path = leave(tmp_path, ANSWER, number=7)
    assert path.parent == tmp_path / "inbox"
    assert list(answers(tmp_path)) == [ANSWER]
    assert [entry.suffix for entry in (tmp_path / "inbox").iterdir()] == [".json"]


def test_answers_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    second = Answer(step="s", decision="denied", by="cy", reason="", executable="")
    leave(tmp_path, second, number=1_700_000_000_000_000_001)
    leave(tmp_path, ANSWER, number=1_700_000_000_000_000_000)
    assert list(answers(tmp_path)) == [ANSWER, second]


def test_an_empty_inbox(tmp_path: Path) -> None:
    assert list(answers(tmp_path)) == []


NAMES = [item.name for item in fields(Answer)]
GARBAGE = {
    "empty": b"",
    "torn": b'{"step": "phases/one/ask", "decision": "appr',
    "bytes": b"\xff\xfe\x00",
    "list": b"[1, 2]",
    "text": b'"approved"',
    "null": b"null",
    "too little": b'{"decision": "approved"}',
    "too much": json.dumps({**dict.fromkeys(NAMES, "x"), "more": 1}).encode(),
    "no texts": json.dumps({name: ["approved"] for name in NAMES}).encode(),
    "a number": json.dumps(dict.fromkeys(NAMES, 5)).encode(),
    "a yes from a number": json.dumps(
        {"step": "s", "decision": "approved", "by": 5, "reason": "", "executable": ""}
    ).encode(),
    "deep": b"[" * 100_000,
    "maybe": json.dumps({**dict.fromkeys(NAMES, "maybe"), "decision": " "}).encode(),
    "nobody": json.dumps({name: "approved" if name == "decision" else " " for name in NAMES}).encode(),
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_passed_over(tmp_path: Path, content: bytes) -> None:
    leave(tmp_path, ANSWER, number=5)
    (tmp_path / "inbox" / "1.json").write_bytes(content)
    assert list(answers(tmp_path)) == [ANSWER]


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    leave(tmp_path, ANSWER, number=5)
    inbox = tmp_path / "inbox"
    (inbox / "1.json").mkdir()
    (inbox / "2.json").symlink_to("/nowhere")
    (inbox / "3.part").write_text("half")
    (inbox / "4.json").symlink_to(inbox / "4.json")
    assert list(answers(tmp_path)) == [ANSWER]


def test_an_inbox_that_is_a_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("")
    assert list(answers(tmp_path)) == []


WISH = Cancel(by="ben", reason="the wrong plan", after_step=True)


def test_a_wish_to_end_counts_once(tmp_path: Path) -> None:
    assert take_cancel(tmp_path) is None
    leave_cancel(tmp_path, WISH)
    assert list(answers(tmp_path)) == []
    assert take_cancel(tmp_path) == WISH
    assert take_cancel(tmp_path) is None


def test_a_later_wish_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    now = Cancel(by="cy", reason="now", after_step=False)
    for wish in (WISH, now):
        leave_cancel(tmp_path, wish)
    assert take_cancel(tmp_path) == now


@pytest.mark.parametrize(
    "content",
    [
        *GARBAGE.values(),
        b'{"by": "ben", "reason": "x", "after_step": "yes"}',
        b'{"by": 1, "reason": "x", "after_step": true}',
    ],
)
def test_what_is_no_wish_is_thrown_away(tmp_path: Path, content: bytes) -> None:
    path = leave_cancel(tmp_path, WISH)
    path.write_bytes(content)
    assert take_cancel(tmp_path) is None
    assert not path.exists()


def test_an_answer_counts_for_one_question(tmp_path: Path) -> None:
    other = Answer(step="s", decision="denied", by="cy", reason="", executable="")
    leave(tmp_path, ANSWER, number=1)
    leave(tmp_path, other, number=2)
    use_up(tmp_path, ANSWER.step)
    assert list(answers(tmp_path)) == [other]
    assert sum(path.name.endswith(".used") for path in (tmp_path / "inbox").iterdir()) == 1


def test_an_inbox_that_takes_nothing_is_no_defect(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    wish = Cancel(by="ben", reason="x", after_step=False)
    with pytest.raises(UsageError, match=r"Nothing can be left for the run in .*/inbox: ") as refused:
        leave_cancel(tmp_path, wish)
    assert "who may write there" in refused.value.hint
