from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.reports.blame import PERSONS, blaming

SENTENCES = Path(__file__).parent / "sentences"
NAMES = ("ann", "ben")


def lines(name: str) -> list[str]:
    return (SENTENCES / name).read_text("utf-8").splitlines()


@pytest.mark.parametrize("sentence", lines("blaming.txt"))
def test_a_sentence_that_blames_a_person_is_found(sentence: str) -> None:
    assert blaming(sentence, NAMES)


@pytest.mark.parametrize("sentence", lines("fine.txt"))
def test_a_sentence_about_a_system_or_of_what_somebody_did_is_left_alone(sentence: str) -> None:
    assert blaming(sentence, NAMES) == []


def test_the_place_is_that_of_the_words() -> None:
    text = "The pool was small.\nThe engineer forgot to ask.\n"
    ((offset, words),) = blaming(text)
    assert text[offset:].startswith("engineer forgot to")
    assert words == "engineer forgot to"


def test_a_person_is_known_by_the_record() -> None:
    assert blaming("kim forgot to ask.") == []
    assert blaming("kim forgot to ask.", ("kim",))


@pytest.mark.parametrize("person", PERSONS)
def test_every_word_for_a_person_can_be_blamed(person: str) -> None:
    assert blaming(f"Then the {person} forgot to look.")
