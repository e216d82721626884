"""Several regions at one terminal: whole lines, and one question at a time."""

from __future__ import annotations

from collections import Counter
from threading import Thread

import pytest

from rollback_gov.execution.regions import console
from rollback_gov.execution.regions.console import Chorus


class Paper:
    """A console that keeps what was said, character by character, as a terminal would."""

    interactive = True

    def __init__(self, *answers: str | None) -> None:
        self.text = ""
        self.asked: list[str] = []
        self.answers = list(answers)

    def say(self, text: str) -> None:
        for character in f"{text}\n":
            self.text += character

    def stream(self, text: str) -> None:
        raise AssertionError("lines only")

    def ask(self, question: str, seconds: float) -> str | None:
        self.asked.append(question)
        return self.answers.pop(0)


def test_lines_stay_whole_whoever_speaks() -> None:
    paper = Paper()
    chorus = Chorus(paper)

    def speak(region: str) -> None:
        voice = chorus.voice(region)
        for number in range(200):
            voice.say(f"line {number}")
            voice.stream("out")
            voice.stream("put\nmore\n")

    threads = [Thread(target=speak, args=(region,)) for region in ("asia", "europe", "")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = Counter(paper.text.splitlines())
    assert lines["[asia]     | output"] == lines["[europe]     | more"] == lines["    | output"] == 200
    assert lines["[europe] line 199"] == lines["line 199"] == 1
    assert sum(lines.values()) == 3 * 200 * 3


def test_a_line_without_its_end_is_ended_by_the_next_one_of_ours() -> None:
    paper = Paper()
    voice = Chorus(paper).voice("asia")
    voice.stream("half")
    assert paper.text == ""
    voice.say("on")
    assert paper.text == "[asia]     | half\n[asia] on\n"


def test_one_question_at_a_time() -> None:
    paper = Paper(None, None, "ben", "no")
    chorus = Chorus(paper)
    asia, europe = chorus.voice("asia"), chorus.voice("europe")
    assert asia.interactive
    assert asia.ask("Drain?", 0) is None
    assert europe.ask("Drain?", 0.01) is None
    assert asia.ask("Drain?", 0) is None
    assert asia.ask("Drain?", 0) == "ben"
    assert europe.ask("Drain?", 0) == "no"
    assert paper.asked == ["[asia] Drain?"] * 3 + ["[europe] Drain?"]


def test_a_question_that_nobody_asks_any_more_stands_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ABANDONED_SECONDS", 0.0)
    chorus = Chorus(Paper(None, "yes"))
    assert chorus.voice("asia").ask("Drain?", 0) is None
    assert chorus.voice("europe").ask("Drain?", 0) == "yes"
    chorus.end_turn("nobody")
