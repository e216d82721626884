"""A plan may have texts of any length; no page grows with them."""

from __future__ import annotations

import pytest

from rollback_gov.model.steady import LONGEST
from rollback_gov.reports.dashboard.history import Read, history
from rollback_gov.reports.dashboard.history_part import history_page
from rollback_gov.reports.dashboard.lines import lines_after
from rollback_gov.reports.dashboard.live import Standing, live_of
from rollback_gov.reports.dashboard.live_page import Around, Other, live_page
from tests.reports import journals
from tests.reports.dashboard.following import watched
from tests.reports.dashboard.seen import NOW, seen
from tests.reports.journals import GATE, Story

HUGE = "x" * 100_000
DATABASE = "phases/database"


def begun() -> Story:
    reason = {**journals.REASON, "text": HUGE, "value": HUGE}
    phases = [
        {"path": path, "title": HUGE, "budget_seconds": 60, "objective": HUGE} for path in (DATABASE, "phases/next")
    ]
    story = Story().start(title=HUGE, reason=reason, phases=phases, decided_at="2026-01-31T12:00:00.000Z").permit()
    return story.wait(10).phase(DATABASE, HUGE, budget=60)


def waiting() -> Story:
    story = begun().intent(f"{DATABASE}/ask", title=HUGE, action="gate")
    return story.add("gate.waiting", step=f"{DATABASE}/ask", ask=HUGE, deadline="", **{**GATE, "role": HUGE})


def lost() -> Story:
    story = begun().step(f"{DATABASE}/restore", 5, "failed", title=HUGE, detail=HUGE)
    story.end_phase(DATABASE, 5, result="failed").phase("verification", HUGE).check("errors", "failed", observed=HUGE)
    return story.add("warning", message=HUGE).end("failed", 20, detail=HUGE)


def late() -> Story:
    story = begun().step(f"{DATABASE}/restore", 990, title=HUGE).end_phase(DATABASE, 990)
    return story.verify(1000).end("passed", 1000)


@pytest.mark.parametrize("story", [waiting(), lost(), late()], ids=["waiting", "lost", "late"])
def test_no_page_shows_a_text_whole(story: Story) -> None:
    live = live_page(live_of(watched(story.events), NOW), lines_after({"": story.events}, ()), NOW, Around()).text
    told = history_page(history(Read(now=NOW, runs=(seen(story),))), "shop").text
    assert "x" * (LONGEST - 1) + "…" in live
    for page in (live, told):
        assert "x" * LONGEST not in page
        assert len(page) < len(HUGE)


def test_a_command_and_an_address_are_whole() -> None:
    story = begun().add("gate.waiting", step=f"{DATABASE}/{HUGE}", ask="Go on?", deadline="", **GATE)
    others = (Other(run=HUGE, link=f"/?run={HUGE}", standing=Standing(tone="runs", word="Running")),)
    page = live_page(live_of(watched(story.events), NOW), (), NOW, Around(others=others)).text
    assert f'data-copy="rollback-gov approve op-1 {DATABASE}/{HUGE}' in page
    assert f'href="/?run={HUGE}"' in page
    assert f">{HUGE}" not in page
