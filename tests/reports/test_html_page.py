"""The page of a document, as a browser would read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rollback_gov.model.steady import LONGEST
from rollback_gov.reports.html import bars, html_page, spent
from rollback_gov.reports.incident import incident
from rollback_gov.reports.markdown import INCIDENT, POST_MORTEM, run_markdown
from tests.reports import journals
from tests.reports.journals import STORIES, Story
from tests.reports.test_html import HOSTILE
from tests.reports.test_markdown import everywhere


@dataclass
class Page(HTMLParser):
    """Its elements with their attributes, and its text by the class of the section around it."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    sections: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "section":
            self._inside = dict(attrs)["class"] or ""
            self.sections.append((self._inside, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == "section" else self._inside

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside:
            self.sections[-1] = (self._inside, self.sections[-1][1] + data)


def page_of(story: Story, said: str = "", document: object = INCIDENT) -> Page:
    facts = incident(story.events)
    kind = INCIDENT if document is INCIDENT else POST_MORTEM
    prompts = run_markdown(kind, facts, story.events).text
    question = "Which factors came together? Describe the system, blame nobody.\n"
    text = prompts.replace(question, said or question)
    reader = Page()
    reader.feed(html_page(facts, text, prompts=prompts).text)
    reader.close()
    return reader


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("document", [INCIDENT, POST_MORTEM], ids=lambda item: item.name)
def test_a_page_needs_nothing_else(name: str, document: object) -> None:
    page = page_of(STORIES[name](), document=document)
    assert not {"script", "img", "link", "iframe", "object", "form", "video"} & set(page.tags)
    links = [value for _, name, value in page.attributes if name in ("href", "src", "action")]
    assert all(value.startswith("#") for value in links)
    anchors = {f"#{value}" for _, name, value in page.attributes if name == "id"}
    assert set(links) == anchors
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_the_page_says_what_the_markdown_says() -> None:
    page = page_of(journals.passed(), "The pool **held** ten.\n")
    assert ("written", "The pool held ten.") in [(kind, text.strip()) for kind, text in page.sections]
    assert "Users: one login in forty fails" in page.text
    assert "14m of 15m" in page.text
    assert "write:" not in page.text


def test_what_nobody_wrote_is_marked() -> None:
    kinds = [kind for kind, _ in page_of(journals.passed()).sections]
    assert set(kinds) == {"open"}
    assert len(kinds) == 7


def plain(page: Page) -> list[str]:
    """The elements without code: a text with a pipe is no code in a table."""
    return [tag for tag in page.tags if tag != "code"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_of_a_plan_stays_text(text: str) -> None:
    evil, good = page_of(everywhere(text)), page_of(everywhere("harmless"))
    assert plain(evil) == plain(good)
    assert [(tag, name) for tag, name, _ in evil.attributes] == [(tag, name) for tag, name, _ in good.attributes]


def test_no_text_turns_the_direction_of_what_stands_beside_it() -> None:
    turned = "\u202egpj.exe\u2066\x1b[31m"
    reader = page_of(everywhere(turned), f"{turned}\n")
    said = reader.text + "".join(value for _, _, value in reader.attributes)
    assert not set(said) & set("\u202e\u2066\x1b")
    assert "gpj.exe" in reader.text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_of_a_person_loads_nothing_and_runs_nothing(text: str) -> None:
    page = page_of(journals.passed(), f"{text}\n")
    assert not {"script", "img", "details", "b"} & set(page.tags)
    assert all(value.startswith("#") for _, name, value in page.attributes if name in ("href", "src"))


def test_the_picture_shows_the_phases_by_their_time() -> None:
    found = bars(incident(journals.passed().events))
    assert [(bar.title, bar.took, bar.over) for bar in found] == [
        ("Stop traffic", "45.0 s", False),
        ("Database rollback", "3m2s", True),
        ("Verification", "2m23s", True),
    ]
    assert sum(bar.width for bar in found) == pytest.approx(100, abs=0.05)
    assert [bar.width for bar in found] == pytest.approx([12.16, 49.19, 38.65], abs=0.01)


def test_a_title_without_end_is_cut_in_the_picture_too() -> None:
    story = Story().start().phase("phases/drain", "x" * 100_000).wait(5).end_phase("phases/drain", 5)
    (bar,) = bars(incident(story.events))
    assert len(bar.title) == LONGEST


def test_what_was_spent_of_the_sla() -> None:
    assert spent(incident(journals.passed().events)) == 93.3
    assert spent(incident(journals.failed().events)) == 100
    assert spent(incident(Story().start().events)) is None
    assert spent(incident(Story().start(sla_seconds=0).end("failed", 3).events)) is None


def test_an_organisation_has_its_own_page(tmp_path: Path) -> None:
    (tmp_path / "document.html.j2").write_text("<p>{{ title }}</p>{{ i.identity.title }}", encoding="utf-8")
    events = Story().start(title="<b>").events
    page = html_page(incident(events), "# Ours & yours\n", prompts="", folder=tmp_path)
    assert (page.text, page.problem) == ("<p>Ours &amp; yours</p>&lt;b&gt;", "")
