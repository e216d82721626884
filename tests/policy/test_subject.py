"""Places of findings: where exactly in the file, and in which step."""

from __future__ import annotations

from datetime import date

import pytest

from rollback_gov.model.finding import Place, Severity
from rollback_gov.policy.subject import LEVEL, Path, step_path, step_paths
from tests.policy.subjects import SMALL, loaded, subject

SCRIPT = SMALL.replace(
    "- {id: undo, run: ./undo.sh, timeout: 2m}",
    "- id: undo\n        run: |\n          echo first\n          docker pull app:<SHA>\n",
)
WAYS = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payments 3.2, owner: payments, level: 2}
point_of_no_return:
  description: Migrated
  forward_fix:
    - {id: fix, steps: [{id: apply, run: ./fix.sh}]}
phases:
  - id: undo
    alternatives:
      - {id: git, steps: [{id: checkout, run: ./a.sh}]}
      - {id: backup, steps: [{id: copy, run: ./b.sh}]}
"""


def test_a_finding_stands_at_the_value() -> None:
    assert subject().finding(("phases", 0, "budget"), "Too long.").place == Place("plan.yaml", 7, 13, 15)


def test_a_finding_stands_at_the_key_if_asked() -> None:
    assert subject().finding(("phases", 0, "budget"), "Too long.", at_key=True).place == Place("plan.yaml", 7, 5, 11)


def test_a_missing_section_is_the_levels_demand_and_stands_at_its_number() -> None:
    about = subject()

    assert about.section("verification") == ("verification",)
    assert about.section("regions") == LEVEL
    assert about.finding(LEVEL, "There are no regions.", at_key=True).place == Place("plan.yaml", 3, 74, 75)


RUN = ("phases", 0, "steps", 0, "run")


def test_a_piece_of_a_script_is_found_on_its_own_line() -> None:
    about = subject(SCRIPT)
    start = about.plan.phases[0].steps[0].run.index("<SHA>")

    assert about.finding(RUN, "A placeholder.", span=(start, start + 5)).place == Place("plan.yaml", 12, 27, 32)


def test_a_piece_of_what_is_no_text_has_the_place_of_the_value() -> None:
    assert subject().finding(("phases", 0), "All of it.", span=(0, 5)).place.line == 6


def test_a_finding_in_doubt_is_a_warning() -> None:
    assert subject().finding(RUN, "Perhaps.", doubt=True).severity is Severity.WARNING


def test_the_day_is_the_day_of_now() -> None:
    assert subject().today == date(2025, 12, 9)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("phases", 0, "alternatives", 1, "steps", 0, "run"), "phases/undo/backup/copy"),
        (("phases", 0, "alternatives", 0, "steps", 0), "phases/undo/git/checkout"),
        (("point_of_no_return", "forward_fix", 0, "steps", 0, "run"), "forward_fix/fix/apply"),
        (("phases", 0, "id"), ""),
        (("metadata",), ""),
        ((), ""),
    ],
)
def test_a_document_path_names_the_step_as_a_run_does(path: Path, expected: str) -> None:
    assert step_path(step_paths(loaded(WAYS).require()), path) == expected
