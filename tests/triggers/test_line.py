"""Lines of the decision log and their chain."""

from __future__ import annotations

import json

import pytest

from rollback_gov.triggers.line import FIRST, Line, LogError, read_lines, stamp


def chain(*kinds: str) -> list[str]:
    lines, previous = [], FIRST
    for seq, kind in enumerate(kinds, start=1):
        line = Line(seq=seq, at=1000.25 * seq, type=kind, data={"n": seq, "text": "ä\n"}, previous=previous)
        lines.append(line.text)
        previous = line.digest
    return lines


def test_a_line_is_one_line_of_plain_ascii() -> None:
    text = chain("tick")[0]
    assert "\n" not in text
    assert text.isascii()
    assert json.loads(text)["at"] == "1970-01-01T00:16:40.250Z"


def test_what_was_written_is_read_back() -> None:
    texts = chain("started", "tick", "tick")
    lines = list(read_lines(texts))
    assert [line.type for line in lines] == ["started", "tick", "tick"]
    assert [line.at for line in lines] == [1000.25, 2000.5, 3000.75]
    assert [line.text for line in lines] == texts


def test_a_line_that_was_changed_breaks_the_chain() -> None:
    texts = chain("started", "tick", "tick")
    texts[1] = texts[1].replace('"n":2', '"n":7')
    with pytest.raises(LogError, match=r"Line 3 .* was changed"):
        list(read_lines(texts))


@pytest.mark.parametrize("order", [[0, 2], [1], [0, 1, 1]])
def test_a_line_that_was_taken_out_or_put_in_breaks_the_chain(order: list[int]) -> None:
    texts = chain("started", "tick", "tick")
    with pytest.raises(LogError, match="does not follow"):
        list(read_lines([texts[index] for index in order]))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"seq":1,"at":5}'])
def test_a_line_that_is_none_is_named(text: str) -> None:
    with pytest.raises(LogError, match="Line 1 of the decision log cannot be read"):
        list(read_lines([text]))


def test_times_have_milliseconds() -> None:
    assert stamp(0.0005) == "1970-01-01T00:00:00.000Z"
    assert stamp(1_700_000_000.999) == "2023-11-14T22:13:20.999Z"
    assert stamp(1_700_000_000.9999) == "2023-11-14T22:13:21.000Z"
