"""Whoever is woken can use the page: at any width, in light and dark, by keyboard, with a screen reader, on paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.browser.conftest import Open
from tests.dashboard.browser.looking import lies_within, says
from tests.dashboard.stage import HEAD, ORDERS, REGIONS, Served, Stage
from tests.reports.golden_runs import write_golden

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow
LONG = "Are the orders of the last hour safe in the backup, " * 6 + "and has everybody who has to know been told?"
SIZES = ((360, 640), (768, 1024), (1280, 720), (1920, 1080), (2560, 1440))
FIRST = ("#state", "#at .label", "#at .phase", "#left", "#sla .verdict", "#question-1 strong", "#question-1 .ask")
"""What has to lie in the first viewport: the state, the phase, what is left of the SLA, who is waited for."""


@contextmanager
def waiting(root: Path, body: str = ORDERS, head: str = HEAD) -> Iterator[tuple[Stage, Served]]:
    """A rollback that waits at a gate, and the dashboard that shows it."""
    stage = Stage(root, body, head=head)
    with stage.rolling_back(), stage.dashboard() as served:
        stage.tell("away", "eu-weight")
        stage.waits("phases/database/sure")
        yield stage, served


@pytest.mark.parametrize("body", [ORDERS, REGIONS], ids=["one region", "three regions"])
def test_what_matters_lies_in_the_first_viewport(tmp_path: Path, open_page: Open, body: str) -> None:
    with waiting(tmp_path, body) as (_, served):
        for width, height in SIZES:
            page = open_page(served.address, viewport={"width": width, "height": height})
            says(page, "#link", "Live")
            for place in (*FIRST, "#question-1 code"):
                assert lies_within(page.locator(place).first, width, height), (width, place)
            page.evaluate("scrollTo(0, 1e6)")
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_state_is_wider_than_the_window(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (stage, served):
        for name in ("failed", "passed", "regional"):
            write_golden(name, stage.root / "incidents")
        page = open_page(served.address)
        for width in (320, 360, 600, 900, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 800})
            for path in ("", "?run=failed", "?run=passed", "?run=regional", "history"):
                page.goto(served.address + path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, path)


def test_long_names_push_nothing_that_matters_out_of_the_first_viewport(tmp_path: Path, open_page: Open) -> None:
    body = ORDERS.replace("Are the orders of the last hour safe in the backup?", f'"{LONG}"').replace(
        "name: Database back to schema 1", f"name: {'Database back to schema 1 and everything beside it ' * 4}"
    )
    with waiting(tmp_path, body) as (_, served):
        for width, height in ((360, 640), (1280, 720)):
            page = open_page(served.address, viewport={"width": width, "height": height})
            for place in ("#state", "#at .label", "#at .phase", "#left", "#question-1 strong"):
                assert lies_within(page.locator(place).first, width, height), (width, place)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_while_the_figures_tick(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (_, served):
        page = open_page(served.address)
        says(page, "#link", "Live")
        shift = "new PerformanceObserver(list => window.moved = list.getEntries().length)"
        page.evaluate(f"window.moved = 0; {shift}.observe({{type: 'layout-shift', buffered: false}})")
        first = page.inner_text("#left")
        page.wait_for_function("first => document.querySelector('#left').innerText !== first", arg=first)
        page.wait_for_timeout(2500)
        assert page.evaluate("window.moved") == 0


def violations(page: Page, axe: str) -> list[Any]:
    """What axe finds, shortened to what is wrong where."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(tmp_path: Path, open_page: Open, axe: str, width: int) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()

    def look(page: Page) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page, axe) == [], (page.url, scheme)

    with waiting(tmp_path / "one") as (stage, served):
        page = open_page(served.address, viewport={"width": width, "height": 720})
        for name in ("failed", "passed", "regional"):
            write_golden(name, stage.root / "incidents")
        for path in ("", "?run=failed", "?run=passed", "?run=regional", "?run=regional.europe", "history"):
            page.goto(served.address + path)
            if page.locator("#link").count():
                says(page, "#link", "Live")
            look(page)
        page.goto(served.address)
        served.process.kill()
        says(page, "#link", "Not connected")
        look(page)
    with waiting(tmp_path / "three", REGIONS) as (_, served):
        look(open_page(served.address, viewport={"width": width, "height": 720}))


def test_axe_finds_nothing_where_nothing_has_run(tmp_path: Path, open_page: Open, axe: str) -> None:
    with Stage(tmp_path).dashboard() as served:
        assert violations(open_page(served.address), axe) == []


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.tagName"))


def test_everything_can_be_done_by_keyboard(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (stage, served):
        page = open_page(served.address, permissions=["clipboard-read", "clipboard-write"])
        says(page, "#link", "Live")
        visited = []
        for _ in range(4):
            page.keyboard.press("Tab")
            visited.append(focused(page).split("\n")[0])
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", f"the focus on {visited[-1]} is not seen"
        assert visited[:2] == ["Skip to the content", "History"]
        assert visited[2].startswith("Copy")
        assert visited[3] == "Another answer"
        page.keyboard.press("Enter")
        assert page.locator("details[open]").count() == 1
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        says(page, "#question-1 .copy", "Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"rollback-gov approve {stage.incident.name} phases/database/sure"
        # What happens meanwhile takes away neither the focus nor what was folded open.
        stage.gov("cancel", "latest", "--after-step", "--reason", "we look first", "--as", "cleo")
        says(page, ".detail", "To be ended by cleo")
        assert focused(page).startswith("Cop")
        assert page.locator("details[open]").count() == 1


def test_only_phases_and_questions_are_read_out(tmp_path: Path, open_page: Open) -> None:
    stage = Stage(tmp_path)
    with stage.rolling_back(), stage.dashboard() as served:
        stage.began("phases/drain/away")
        page = open_page(served.address)
        says(page, "#link", "Live")
        assert page.eval_on_selector_all(
            "[aria-live], [role=status], [role=alert]", "all => all.map(one => one.id)"
        ) == ["say"]
        page.wait_for_timeout(2200)
        assert page.inner_text("#say") == ""
        stage.tell("away")
        says(page, "#say", "Waiting for a person. phase 2 of 5, Database back to schema 1.")
        says(
            page, "#say", "waits for somebody else than ann, or ann with a reason: Are the orders of the last hour safe"
        )


def test_a_wrong_clock_of_the_reader_changes_no_figure(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (stage, served):
        page = open_page(served.address)
        page.add_init_script("const was = Date.now; Date.now = () => was() + 86400000")
        page.reload()
        says(page, "#link", "Live")
        left = json.loads(stage.gov("status", "latest", "--json")[1])["left_seconds"]
        minutes, seconds = page.inner_text("#left").split(":")
        assert abs(int(minutes) * 60 + int(seconds) - left) < 300  # a day would be 86,400


def test_the_page_writes_times_as_the_server_does(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (_, served):
        page = open_page(served.address)
        says(page, "#link", "Live")
        page.wait_for_timeout(600)
        ticking = page.inner_text("#left")
        standing = open_page(served.address, java_script_enabled=False).inner_text("#left")
        as_seconds = [int(text.split(":")[0]) * 60 + int(text.split(":")[1]) for text in (ticking, standing)]
        assert 0 <= as_seconds[0] - as_seconds[1] < 300


def test_without_scripts_the_page_stands_and_says_so(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (stage, served):
        page = open_page(served.address, java_script_enabled=False)
        assert page.inner_text("#state") == "Waiting for a person"
        assert page.inner_text("#link").startswith("As of ")
        assert "Without JavaScript this page stands still." in page.inner_text("noscript")
        assert not page.locator(".copy").first.is_visible()
        assert stage.incident.name in page.inner_text("#question-1 code")


def test_it_can_be_printed(tmp_path: Path, open_page: Open) -> None:
    with waiting(tmp_path) as (_, served):
        page = open_page(served.address, viewport={"width": 760, "height": 1000})
        says(page, "#link", "Live")
        page.emulate_media(media="print")
        assert not page.locator(".copy").first.is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("document.documentElement.scrollWidth") <= 760
        assert page.pdf()[:5] == b"%PDF-"


HOSTILE = "<img src=x onerror=window.taken=1></script><script>window.taken=1</script>{{7*7}}"


def test_what_stands_in_a_plan_is_text(tmp_path: Path, open_page: Open) -> None:
    head, body = HEAD, ORDERS
    for words in ("Orders 2.0 with given and family names",):
        head = head.replace(words, f"'{words} {HOSTILE}'")
    for words in ("Stop new orders", "Turn new orders away", "Database back to schema 1", "Migrate down"):
        body = body.replace(words, f"'{words} {HOSTILE}'")
    body = body.replace("Are the orders of the last hour safe in the backup?", f"'Safe? {HOSTILE}'")
    with waiting(tmp_path, body, head) as (stage, served):
        page = open_page(served.address)
        says(page, "#link", "Live")
        for place in (".about", "#at .phase", "#question-1 .ask", "#phase-1", "#lines"):
            assert HOSTILE in page.inner_text(place), place
        assert stage.gov("approve", "latest", "--as", f"ben {HOSTILE}")[0] == 0
        stage.began("phases/database/down")
        says(page, "#at .step", "Migrate down")
        assert HOSTILE in page.inner_text("#at .step")
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 1
        assert page.evaluate("window.taken") is None


def test_a_colour_is_never_the_only_sign(tmp_path: Path, open_page: Open) -> None:
    """In forced colours, where ours are gone, each state is a word still, and what is framed has a frame."""
    with waiting(tmp_path) as (_, served):
        page = open_page(served.address, forced_colors="active")
        words = page.eval_on_selector_all(".state", "all => all.map(one => one.innerText.trim())")
        assert words
        assert all(words)
        assert page.evaluate("getComputedStyle(document.querySelector('.banner')).borderTopStyle") == "solid"
