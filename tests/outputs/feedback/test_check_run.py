"""Annotations of a check run: all of them, in a shape that GitHub takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.model.finding import Place, Severity
from rollback_gov.outputs.feedback.check_run import annotated, conclusion, title
from tests.outputs.feedback.samples import read_back, saying
from tests.outputs.results import FILE, WAIVED, Result, finding, plan, result

HOSTILE = json.loads((Path(__file__).parent / "hostile.json").read_text(encoding="utf-8"))
WARNING = Severity.WARNING


def test_an_annotation_says_all_of_a_finding() -> None:
    assert annotated(read_back(result(plan(finding())))) == [
        {
            "path": FILE,
            "start_line": 3,
            "end_line": 3,
            "start_column": 6,
            "end_column": 8,
            "annotation_level": "failure",
            "title": "RG103",
            "message": "The budgets add up to 17m, 2m more than the SLA of 15m. Shorten phases.",
        }
    ]


def test_without_an_end_there_is_no_column() -> None:
    (note,) = annotated(read_back(result(plan(finding(place=Place(FILE, 3, 6))))))
    assert "start_column" not in note
    assert "end_column" not in note


def test_the_heaviest_come_first_and_waived_ones_inform() -> None:
    found = (finding(waived=WAIVED), finding(severity=WARNING), finding(severity=Severity.NOTICE), finding())
    notes = annotated(read_back(result(plan(*found), plan(finding(), name="b.yaml"))))
    levels = [(note["annotation_level"], note["title"]) for note in notes]
    assert levels == [
        ("failure", "RG103"),
        ("failure", "RG103"),
        ("warning", "RG103"),
        ("notice", "RG103 (waived)"),
        ("notice", "RG103"),
    ]
    assert "accepted by Ada until 2026-01-31" in notes[3]["message"]


@pytest.mark.parametrize(
    ("found", "ended", "said"),
    [
        (result(), "neutral", "nothing to check"),
        (result(plan()), "success", "all good"),
        (result(plan(finding(severity=WARNING))), "success", "1 warning"),
        (result(plan(finding(severity=WARNING)), fail_on=WARNING), "failure", "1 warning"),
        (result(plan(finding(), finding(severity=WARNING))), "failure", "1 error, 1 warning"),
    ],
)
def test_how_it_ended(found: Result, ended: str, said: str) -> None:
    summary = read_back(found).summary
    assert (conclusion(summary), title(summary)) == (ended, said)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_steers_who_reads_it(name: str) -> None:
    found, _ = saying(HOSTILE[name])
    assert all(note["message"].isprintable() for note in annotated(found))


def test_a_long_message_is_cut() -> None:
    (note,) = annotated(read_back(result(plan(finding(message="ä" * 100_000)))))
    assert 10_000 < len(note["message"].encode()) <= 64 * 1024
