"""What the pages about the form show is of the form."""

from __future__ import annotations

import re

from tests.conftest import ROOT

from .test_reader import read

PAGE = (ROOT / "docs" / "markdown.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_is_a_plan() -> None:
    [example] = re.findall(r"^````markdown\n(.*?)^````$", PAGE, re.DOTALL | re.MULTILINE)
    plan = read(example).require()
    assert [(step.id, step.action) for step in plan.phases[0].steps] == [
        ("undo-the-rollout", "run"),
        ("tell-the-shop", "manual"),
    ]


def test_the_page_names_every_section() -> None:
    from rollback_gov.plans.markdown.reader import SECTIONS

    named = {name.lower() for name in re.findall(r"`## ([^`]+)`", PAGE)}
    assert set(SECTIONS) <= named
