"""The running rollback as HTML: every word of a plan is text, and the page allows only its own script."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from rollback_gov.execution.glance import Glance
from rollback_gov.model.event import Event
from rollback_gov.reports.dashboard.lines import lines_after
from rollback_gov.reports.dashboard.live import live_of
from rollback_gov.reports.dashboard.live_page import (
    MOST_LINES,
    Around,
    empty_page,
    line_html,
    live_page,
    other_of,
    run_html,
)
from rollback_gov.reports.dashboard.sse import message
from tests.reports.dashboard.following import at, event, events_of, seen, watched
from tests.reports.journals import NOON, Story

NOW = at("2026-11-30T10:36:11.500Z")
BAD = "<script>x</script>\"' onmouseover=x {{ 7*7 }} &amp;"
REGIONS = ("asia", "america", "europe")


class Tags(HTMLParser):
    """Every tag with its attributes, and the text between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def poisoned(value: Any) -> Any:
    """The same, with something nasty behind each text that is a sentence of people."""
    if isinstance(value, dict):
        return {key: entry if key in KEPT else poisoned(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [poisoned(entry) for entry in value]
    return f"{value}{BAD}" if isinstance(value, str) else value


KEPT = {
    *("decided_at", "deadline", "result", "path", "phase", "step", "check", "type", "region", "mode", "scope", "on"),
    *("severity", "passed", "moment", "choices", "consequence", "how", "outcome", "recovered", "first_breach", "when"),
}


def nasty(name: str) -> tuple[Event, ...]:
    return tuple(replace(one, data=poisoned(one.data)) for one in events_of(name))


@pytest.mark.parametrize("journal", ["passed", "failed", "resumed", "rehearsed", "regional"])
def test_no_word_of_a_run_becomes_html(journal: str) -> None:
    inside = {name: nasty(f"regional/regions/{name}") for name in REGIONS} if journal == "regional" else {}
    journals = {"": nasty(journal), **inside}
    for lines in (1, 12, 25, 999):
        live = live_of(watched(nasty(journal)[:lines], {name: events[:lines] for name, events in inside.items()}), NOW)
        told = lines_after({name: events[:lines] for name, events in journals.items()}, ())
        text = live_page(live, told, NOW, Around(others=(other_of(seen(nasty(journal)[:1], folder=BAD).glance),))).text
        page = Tags(text)
        assert [tag for tag, _ in page.tags].count("script") == 1
        assert not any(name.startswith("on") or name == "style" for _, attrs in page.tags for name in attrs)
        assert BAD in page.text or lines == 1
        assert "7*7" in text
        assert "49" not in {word for word in page.text.split() if word == "49"}


def test_the_page_allows_its_own_script_and_a_stream_from_where_it_came() -> None:
    made = live_page(live_of(watched(events_of("failed")), NOW), (), NOW, Around())
    assert "script-src 'sha256-" in made.policy
    assert "connect-src 'self'" in made.policy
    assert "unsafe" not in made.policy


def test_nothing_on_the_page_comes_from_elsewhere() -> None:
    text = live_page(live_of(watched(events_of("failed")), NOW), (), NOW, Around(history="/history")).text
    page = Tags(text)
    for tag, attrs in page.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attrs.get(name) or ""
            assert value.startswith(("/", "#", "data:")) or value == "", (tag, value)
    assert not re.search(r"@import|url\(", text)


def test_a_page_begins_where_its_stream_goes_on() -> None:
    lines = lines_after({"": events_of("failed")}, ())
    page = Tags(live_page(live_of(watched(events_of("failed")), NOW), lines, NOW, Around()).text)
    (watch,) = [attrs for _, attrs in page.tags if attrs.get("id") == "watch"]
    assert (watch["data-run"], watch["data-mark"], watch["data-pinned"]) == ("op-1", "35", "")
    assert float(str(watch["data-now"])) == NOW.timestamp()
    shown = [attrs["id"] for tag, attrs in page.tags if tag == "li" and str(attrs.get("id")).startswith("line-")]
    assert shown == [f"line-:{number}" for number in range(35, 0, -1)]


def test_a_long_run_shows_its_latest_lines() -> None:
    events = tuple(event(number, "warning", message=f"no {number}") for number in range(1, MOST_LINES + 51))
    lines = lines_after({"": events}, ())
    text = live_page(live_of(watched(events_of("failed")), NOW), lines, NOW, Around(pinned=True)).text
    assert text.count('<li id="line-') == MOST_LINES
    assert 'id="line-:51"' in text
    assert 'id="line-:50"' not in text
    assert 'data-pinned="yes"' in text


@pytest.mark.parametrize("lines", [1, 4, 9, 16, 22, 25, 29, 31, 34, 35])
def test_a_piece_is_one_element_after_the_other_and_begins_with_one(lines: int) -> None:
    """The browser drops space before the first element; with some there, what follows would not match what is there."""
    live = live_of(watched(events_of("failed")[:lines]), NOW)
    html = run_html(live, NOW)
    assert html.startswith("<section")
    assert html.endswith("</div>")
    Tags(html)
    assert "NOT MEASURED" not in html
    assert "None" not in html


def test_where_nobody_runs_it_no_end_is_promised() -> None:
    told = {}
    for state in ("", "dead"):
        live = live_of(watched(events_of("failed")[:22], state=state), at("2026-11-30T10:36:07.000Z"))
        told[state] = Tags(run_html(live, NOW))
    assert "Done by about" in told[""].text
    assert "In time" in told[""].text
    assert "Done by about" not in told["dead"].text
    assert "Stands still" in told["dead"].text
    assert "Nobody runs it" in told["dead"].text
    assert not any("ahead" in str(attrs.get("class")) for _, attrs in told["dead"].tags)


@pytest.mark.parametrize(("seconds", "word"), [(0.2, "In time"), (2, "May be late"), (301, "SLA missed")])
def test_budgets_that_fill_the_sla_are_no_alarm_from_the_first_moment(seconds: float, word: str) -> None:
    story = Story().start(sla_seconds=300, phases=[], verification_seconds=120).wait(seconds)
    story.phase("phases/database", "Database rollback", budget=180)
    html = run_html(live_of(watched(story.events), NOON + timedelta(seconds=seconds)), NOON)
    assert [said for said in ("In time", "May be late", "Will be late", "SLA missed") if said in html] == [word]
    assert ('class="card sla bad"' in html) == (word != "In time")


def test_headings_come_in_their_order() -> None:
    inside = {name: events_of(f"regional/regions/{name}") for name in REGIONS}
    live = live_of(watched(events_of("regional"), inside), NOW)
    page = Tags(live_page(live, (), NOW, Around()).text)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_there_once() -> None:
    inside = {name: events_of(f"regional/regions/{name}") for name in REGIONS}
    lines = lines_after({"": events_of("regional"), **inside}, ())
    page = Tags(live_page(live_of(watched(events_of("regional"), inside), NOW), lines, NOW, Around()).text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_where_nothing_has_run_the_page_waits() -> None:
    page = Tags(empty_page(NOW, Around()).text)
    assert "No rollback has run here yet" in page.text
    (watch,) = [attrs for _, attrs in page.tags if attrs.get("id") == "watch"]
    assert watch["data-run"] == ""


def test_another_run_is_linked_by_its_name() -> None:
    other = other_of(seen(events_of("failed")[:22], folder="a b&c").glance)
    assert other.link == "/?run=a%20b%26c"
    assert other.standing.word == "Running"


def test_a_lane_leads_to_the_page_of_its_region() -> None:
    asia = {"asia": events_of("regional/regions/asia")[:9]}
    page = Tags(run_html(live_of(watched(events_of("regional")[:3], asia), NOW), NOW))
    assert [attrs["href"] for tag, attrs in page.tags if tag == "a"] == ["/?run=op-1.asia"]


def test_a_damaged_journal_says_so() -> None:
    broken = watched(events_of("failed")[:22])
    glance = Glance(folder=broken.run.glance.folder, state="damaged", problem="journal.jsonl:7: the line was changed")
    live = live_of(replace(broken, run=replace(broken.run, glance=glance)), NOW)
    html = run_html(live, NOW)
    assert "Damaged journal" in html
    assert "journal.jsonl:7: the line was changed" in html
    assert "Compare the journal with a copy" in html


def test_a_message_is_one_event_of_the_stream() -> None:
    (line,) = lines_after({"": (event(1, "warning", message="a\nb\r\n\n\u2028"),)}, ())
    sent = message("line", {"html": line_html(line)}, mark="1.2")
    assert sent.startswith(b"event: line\nid: 1.2\ndata: {")
    assert sent.endswith(b"}\n\n")
    assert sent.count(b"\n") == 4
    assert b"\r" not in sent
    assert json.loads(sent.split(b"data: ", 1)[1])["html"] == line_html(line)
    assert b"id:" not in message("beat", {"now": 1})
