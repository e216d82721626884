"""Detected, not assumed; unknown is a person's to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rollback_gov.execution.answers import Answers
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.point_of_no_return import detect
from rollback_gov.model.errors import Refused
from tests.execution.conftest import Stage, Talk

Make = Callable[..., Stage]


def ignore(_type: str, _data: Mapping[str, Any]) -> None:
    """What is written down is a matter of the tests of waiting."""


FIX = "forward_fix: [{id: mend, steps: [{id: fix, run: x}]}]"


def scene(stage: Make, passed_when: str, *, fix: bool = True, answers: dict[str, str] | None = None) -> Stage:
    return stage(
        f"""
point_of_no_return:
  description: the tables are gone
  {passed_when}
  {FIX if fix else ""}
phases: [{{id: one, steps: [{{id: a, run: x}}]}}]
""",
        console=Talk(answers),
    )


@pytest.mark.parametrize(
    ("script", "given", "passed", "detail"),
    [
        ("'true'", "", "yes", "expected exit code 0, saw 0"),
        ("'false'", "", "no", "expected exit code 0, saw 1"),
        (
            "echo 9, expect: {stdout: {at_least: 8}}",
            "",
            "yes",
            "expected stdout at least 8, saw 9",
        ),
        (
            "echo 7, expect: {stdout: {at_least: 8}}",
            "yes",
            "no",
            "expected stdout at least 8, saw 7",
        ),
    ],
)
def test_a_machine_says_it(stage: Make, script: str, given: str, passed: str, detail: str) -> None:
    assert detect(scene(stage, f"passed_when: {{run: {script}}}").context, ignore, given) == (passed, detail, "")


UNKNOWN = "passed_when: {run: echo nobody knows, expect: {stdout: {at_least: 8}}}"
SLOW = "passed_when: {run: sleep 9, timeout: 50ms}"
ASKED = "passed_when: {ask: Are the tables gone?}"


@pytest.mark.parametrize(
    ("passed_when", "question"),
    [
        (UNKNOWN, "Is this passed: the tables are gone?"),
        (SLOW, "Is this passed: the tables are gone?"),
        (ASKED, "Are the tables gone?"),
        ("", "Is this passed: the tables are gone?"),
    ],
)
def test_what_no_machine_knows_a_person_says(stage: Make, passed_when: str, question: str) -> None:
    for said, passed in (("yes", "yes"), ("n", "no")):
        run = scene(stage, passed_when, answers={question: said})
        assert detect(run.context, ignore, "")[::2] == (passed, "ann")
    assert detect(scene(stage, passed_when).context, ignore, "no")[::2] == ("no", "ann")
    with pytest.raises(Refused, match="a person has to say") as refused:
        detect(scene(stage, passed_when).context, ignore, "")
    assert refused.value.hint == f"{question} Then: --point-of-no-return yes|no"


def test_what_the_machine_saw_is_kept_where_a_person_decided(stage: Make) -> None:
    assert "is not a number" in detect(scene(stage, UNKNOWN).context, ignore, "yes")[1]


@pytest.mark.parametrize(("passed_when", "given"), [("passed_when: {run: 'true'}", ""), (ASKED, "yes")])
def test_passed_without_a_forward_fix_is_final(stage: Make, passed_when: str, given: str) -> None:
    with pytest.raises(Refused, match=r"is passed \(the tables are gone\) and the plan has no forward fix") as refused:
        detect(scene(stage, passed_when, fix=False).context, ignore, given)
    assert refused.value.reasons == (() if given else ("expected exit code 0, saw 0",))
    assert "Going back is impossible" in refused.value.hint


def test_a_secret_in_what_was_seen_is_masked(stage: Make) -> None:
    run = scene(stage, "passed_when: {run: echo hunter2, expect: {stdout: {equals: other}}}")
    run.secrets = ("hunter2",)
    assert "saw ***" in detect(run.context, ignore, "")[1]


# What was seen at the beginning may not be so any more

LATE = """
point_of_no_return:
  description: migrated
  passed_when: {run: cat level, expect: {stdout: {at_least: 8}}}
  forward_fix: [{id: mend, steps: [{id: fix, run: touch fixed}]}]
phases:
  - {id: drain, steps: [{id: a, run: "%s"}]}
  - {id: database, guard: before_point_of_no_return, steps: [{id: undo, run: touch undone}]}
  - {id: schema, guard: before_point_of_no_return, steps: [{id: drop, run: echo x > level}]}
  - {id: last, guard: before_point_of_no_return, steps: [{id: z, run: touch z}]}
"""


def level(run: Stage, text: str) -> None:
    (run.folder / "level").write_text(text)


def left(run: Stage, *names: str) -> list[str]:
    return [name for name in names if (run.folder / name).exists()]


def test_it_is_looked_at_again_before_what_it_guards_begins(stage: Make) -> None:
    run = stage(LATE % "echo 9 > level")
    level(run, "1")
    assert run.run().result == "passed"
    assert [data["passed"] for data in run.of("point_of_no_return.checked")] == ["no", "yes"]
    assert left(run, "fixed", "undone", "z") == ["fixed"]


def test_it_is_not_looked_at_once_a_guarded_phase_has_begun(stage: Make) -> None:
    """The rollback itself takes away what is looked at."""
    run = stage(LATE % "true")
    level(run, "1")
    assert run.run().result == "passed"
    assert [data["passed"] for data in run.of("point_of_no_return.checked")] == ["no", "no"]
    assert left(run, "fixed", "undone", "z") == ["undone", "z"]


def test_whoever_goes_on_looks_again(stage: Make) -> None:
    run = stage(LATE.replace("  - {id: drain", "  - {id: database0, guard: before_point_of_no_return") % "touch undone")
    level(run, "1")
    journal = Journal(run.context.folder, run.clock)
    run.begin(journal)
    journal.append("point_of_no_return.checked", {"passed": "no", "detail": "", "by": ""})
    journal.append("run.resumed", {"by": "ann", "tail": "whole"})
    journal.close()
    level(run, "8")
    assert run.run().result == "passed"
    assert left(run, "fixed", "undone") == ["fixed"]


def test_a_person_who_said_no_is_not_asked_again(stage: Make) -> None:
    run = stage((LATE % "true").replace("{run: cat level, expect: {stdout: {at_least: 8}}}", "{ask: Migrated?}"))
    level(run, "1")
    assert run.run(Answers(point_of_no_return="no")).result == "passed"
    assert [data["by"] for data in run.of("point_of_no_return.checked")] == ["ann"]
