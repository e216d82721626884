"""The history as a page: what it says, that nothing of a plan is ever HTML, and that it asks nobody for anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from rollback_gov.reports.dashboard.history import Broken, History, Read, history
from rollback_gov.reports.dashboard.history_part import foot, history_page
from rollback_gov.reports.dashboard.open_work import OpenAction, OpenWaiver
from rollback_gov.reports.dashboard.readiness import ORDER, PlanState
from rollback_gov.reports.dashboard.timed import Seen
from rollback_gov.reports.run_facts import RunFacts
from tests.reports import journals
from tests.reports.dashboard.seen import NOW, golden, late, seen
from tests.thoroughness import examples

RUNS = ("passed", "failed", "regional", "resumed", "rehearsed")
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 1234567 * 8 }}</title></style>"
PLAN = PlanState(
    file="rollback/op-7/plan.yaml",
    operation="op-7",
    title="API v2.1",
    level=3,
    owner="api team",
    services=("api",),
    state="never rehearsed",
    missing=("No rehearsal that counts ran all phases.", "Another", "A third"),
)
ACTION = OpenAction(run="op-7-1", text="Enlarge the pool", owner="@ann", due="2026-11-30", report="./op-7-1/report.md")
WAIVER = OpenWaiver(
    rule="RG101", operation="op-7", owner="ann", expires="2026-12-05", reason="known", counts=True, message="it expires"
)
BROKEN = Broken(where="op-9", reason="journal.jsonl:3: the chain is broken")


class Reading(HTMLParser):
    """Everything that a browser would take for an element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def everything(*runs: Seen) -> History:
    several = tuple(replace(PLAN, state=state, operation=f"op-{state}") for state in ORDER)
    rehearsed = replace(
        PLAN,
        state="rehearsed",
        latest="2026-11-25T08:00:00Z",
        fresh_until="2026-12-09T08:00:00Z",
        seconds=62,
        limit=900,
    )
    return history(
        Read(
            now=NOW,
            runs=runs,
            plans=(*several, rehearsed),
            actions=(ACTION, replace(ACTION, owner="", due="", report="")),
            waivers=(WAIVER, replace(WAIVER, counts=False, message="it expired")),
            unreadable=(BROKEN,),
        )
    )


def page(view: History) -> Reading:
    return Reading(history_page(view, "shop").text)


@pytest.fixture(scope="module")
def whole() -> Reading:
    return page(everything(*map(golden, RUNS), seen(late(), "./op-7/incident_report.html")))


def test_it_answers_first_who_could_not_meet_the_sla(whole: Reading) -> None:
    asked = whole.text.index("Which services could not meet their SLA, and why")
    assert asked < whole.text.index("orders, api, auth and 1 more could not meet their SLA")
    assert whole.text.index("Failed in “Database back to schema 1”") < whole.text.index("In figures")


def test_every_part_of_the_design_is_there(whole: Reading) -> None:
    for said in (
        "4 of 7",
        "Change failure rate",
        "Every service",
        "What set them off",
        "Phases: estimate against actual",
        "1 plan was never rehearsed, of 7 plans.",
        "6 days ago",
        "of 15 min",
        "overdue",
        "no date",
        "nobody",
        "does not count",
        "ends soon",
        "1 record cannot be read and is counted nowhere.",
        "the chain is broken",
        "+2 min",
        "error-rate",
        "Counted apart: 1 rehearsal.",
    ):
        assert said in " ".join(whole.text.split()), said


def test_nothing_is_stated_of_nothing() -> None:
    empty = page(history(Read(now=NOW)))
    text = " ".join(empty.text.split())
    assert "No rollback with an SLA has ended yet" in text
    assert text.count("NOT MEASURED") == 7
    assert "There is no plan in this repository." in text
    assert "No accepted action is open." in text
    assert "No finding is waived." in text
    assert " 0 %" not in text
    assert " 0.0 s" not in text


def test_the_head_says_whose_it_is_and_of_what_time() -> None:
    assert "shop · as of 2026-12-01 12:00 UTC" in page(history(Read(now=NOW))).text
    view = history(Read(now=NOW, since=datetime(2026, 9, 1, tzinfo=UTC)))
    assert "shop · since 2026-09-01 · as of 2026-12-01 12:00 UTC" in page(view).text


def test_headings_are_in_order_and_each_section_has_a_name(whole: Reading) -> None:
    levels = [int(tag[1]) for tag in whole.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = [value for name, value in whole.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = {value for name, value in whole.attributes if name == "aria-labelledby"}
    assert named <= set(ids)


def test_no_request_leaves_the_page(whole: Reading) -> None:
    assert not {"script", "img", "iframe", "object", "embed", "form", "base", "audio", "video"} & set(whole.tags)
    for name, value in whole.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "srcset", "action", "background", "style", "xlink:href")
        if name == "href":
            assert value.startswith(("#", "./", "data:image/svg+xml,")), value


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a record there is text."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, tuple):
        for number, entry in enumerate(value):
            yield from leaves(entry, (*path, number))
    elif is_dataclass(value):
        for item in fields(value):
            yield from leaves(getattr(value, item.name), (*path, item.name))


def changed(value: Any, path: tuple[Any, ...], text: str) -> Any:
    """Put a text at one place of a record."""
    if not path:
        return text
    first, *rest = path
    if isinstance(value, tuple):
        return tuple(changed(entry, tuple(rest), text) if n == first else entry for n, entry in enumerate(value))
    return replace(value, **{first: changed(getattr(value, first), tuple(rest), text)})


KEPT = {("identity", "mode"), ("identity", "environment_class")}
"""With another word there it would be no rollback, and not be shown at all."""


def poisoned(facts: RunFacts) -> RunFacts:
    for path in leaves(facts):
        if path not in KEPT:
            facts = changed(facts, path, HOSTILE)
    return facts


def is_harmless(reading: Reading, clean: Reading) -> None:
    assert set(reading.tags) <= set(clean.tags)
    assert {name for name, _ in reading.attributes} <= {"colspan", *(name for name, _ in clean.attributes)}
    for name, value in reading.attributes:
        if name == "href":
            assert value.startswith(("#", "./", "data:image/svg+xml,")), value
    assert "9876536" not in reading.text


@pytest.mark.parametrize("name", RUNS)
def test_html_in_every_field_of_a_record_at_once_is_text(name: str, whole: Reading) -> None:
    run = golden(name)
    hostile = Seen(
        facts=poisoned(run.facts), regions=tuple(Seen(facts=poisoned(region.facts)) for region in run.regions)
    )
    found = page(everything(hostile))
    is_harmless(found, whole)
    if run.facts.is_rollback:
        assert HOSTILE in found.text


@pytest.mark.property
def test_html_in_each_field_alone_is_text(whole: Reading) -> None:
    """Every field at length, every fourth in a hurry; all of them at once are above."""
    every, shown = 1 if examples(5) == 5 else 4, 0
    for base in (seen(late()).facts, seen(journals.failed()).facts):
        for path in list(leaves(base))[::every]:
            found = page(history(Read(now=NOW, runs=(Seen(facts=changed(base, path, HOSTILE)),))))
            is_harmless(found, whole)
            shown += HOSTILE in found.text
    assert shown >= 12 / every


@pytest.mark.parametrize("record", [PLAN, ACTION, WAIVER, BROKEN], ids=lambda record: type(record).__name__)
def test_html_in_plans_actions_and_waivers_is_text(record: Any, whole: Reading) -> None:
    names: dict[type[Any], str] = {
        PlanState: "plans",
        OpenAction: "actions",
        OpenWaiver: "waivers",
        Broken: "unreadable",
    }
    for path in leaves(record):
        if path in (("state",), ("report",)):
            continue
        hostile = changed(record, path, HOSTILE)
        rows: dict[str, Any] = {names.get(type(record), "unreadable"): (hostile,)}
        found = page(history(Read(now=NOW, **rows)))
        is_harmless(found, whole)


def test_the_same_records_give_the_same_bytes() -> None:
    runs = tuple(map(golden, RUNS))
    assert history_page(everything(*runs), "shop") == history_page(everything(*runs), "shop")


def test_of_many_rows_some_stand_open_and_the_others_behind_a_line_that_counts_them() -> None:
    runs = [seen(late(services=[f"service-{number}"], operation=f"op-{number}")) for number in range(20)]
    found = page(history(Read(now=NOW, runs=tuple(runs))))
    text = " ".join(found.text.split())
    assert "14 services more that missed it less often" in text
    assert "8 phases more" in text
    assert "20 rollbacks, the newest first" in text


def test_the_foot_says_what_was_counted_apart() -> None:
    apart = history(
        Read(
            now=NOW,
            runs=(
                golden("rehearsed"),
                seen(late(mode="dry-run")),
                seen(late(environment_class="staging")),
                seen(late(environment_class="staging")),
            ),
        )
    )
    assert "Counted apart: 1 rehearsal, 1 dry run and 2 rollbacks outside of production." in foot(apart)
    assert "Counted apart" not in foot(history(Read(now=NOW)))
