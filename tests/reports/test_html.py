"""The report as a reader sees it: rendered to HTML, raw HTML allowed, as on a forge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from rollback_gov.model.steady import one_line
from rollback_gov.reports.incident import incident
from rollback_gov.reports.keep import keep_written
from rollback_gov.reports.markdown import incident_markdown
from rollback_gov.reports.reason import reason_document
from tests.reports.journals import REASON, STORIES, Story
from tests.reports.test_markdown import everywhere

OURS = frozenset(
    ["h1", "h2", "h3", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "ol", "li", "strong", "code"]
)
GAP = "\N{ZERO WIDTH SPACE}"


def html_of(markdown: str) -> str:
    """Render it as a forge does: tables, strikethrough, and HTML as it stands there."""
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


@dataclass
class Seen(HTMLParser):
    """What a browser would find: elements, comments, and the columns of every table."""

    elements: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    tables: list[list[int]] = field(default_factory=list)
    text: str = ""
    prose: str = ""
    """The text outside code, where a forge looks for mentions and references."""

    def __post_init__(self) -> None:
        super().__init__()
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.is_code = tag == "code"
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += 1

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False

    def handle_data(self, data: str) -> None:
        self.text += data
        self.prose += "" if self.is_code else data


def seen(markdown: str) -> Seen:
    reader = Seen()
    reader.feed(html_of(markdown))
    reader.close()
    return reader


def of(story: Story) -> str:
    return incident_markdown(incident(story.events), story.events)


HOSTILE = {
    "pipes": "a | b || c",
    "lines": "one\ntwo\r\n\n# three\n| four |\u2028five",
    "html": '<script>alert(1)</script><img src="http://evil.example/x.png"><details open>',
    "an image beacon": "![x](http://evil.example/beacon.png)",
    "a link": "[click](http://evil.example) <http://evil.example> http://evil.example",
    "a reference": "[x]: http://evil.example\n[x]",
    "backticks": "`rm -rf` ```sh\nfence",
    "mentions": "@everyone Fixes #1 closes owner/repo#2 GH-3",
    "a template": "{{ 7*7 }} {% for x in y %}{{ i.identity.host }}",
    "a marker": "<!-- end --> <!-- write: root-cause -->\nIt was ann.",
    "a heading": "x\n## Root cause\nit was ann\n---",
    "control characters": "red \x1b[31m \x07\x00 end",
    "bidirectional": "safe \u202edlrow\u202c \u2066x\u2069",
    "entities": "&lt;b&gt; &amp; &#124; &#x7c;",
    "emphasis": "*a* _b_ **c** ~~d~~ \\*e\\*",
    "half a character": "x \ud83d y",
    "a lot": "word " * 5000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_text_in_every_place(text: str) -> None:
    evil, good = seen(of(everywhere(text))), seen(of(everywhere("harmless")))
    assert evil.elements == good.elements
    assert evil.elements <= OURS
    assert evil.tables == good.tables
    assert all(len(set(columns)) == 1 for columns in evil.tables)
    assert evil.links == []
    assert evil.comments == good.comments
    assert "49" not in re.findall(r"Reason(.*?)Trigger", evil.text, re.DOTALL)[0]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", evil.text)
    assert one_line(text) in evil.text.replace(GAP, "")
    assert not re.search(r"[@#]\w|\bGH-\d", evil.prose)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_text_in_the_reason(text: str) -> None:
    from rollback_gov.model.reason import RollbackReason

    evil = seen(reason_document(RollbackReason(**dict.fromkeys(REASON, text))))
    good = seen(reason_document(RollbackReason(**dict.fromkeys(REASON, "harmless"))))
    assert evil.elements <= good.elements
    assert (evil.links, evil.comments) == ([], [])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_does_not_reach_what_people_wrote(text: str) -> None:
    first = of(everywhere("harmless"))
    written = first.replace("Which factors came together? Describe the system, blame nobody.", "The pool was small.")
    again = keep_written(written, of(everywhere(text)))
    part = again.partition("<!-- write: root-cause -->\n")[2].partition("<!-- end -->")[0]
    assert part == "The pool was small.\n"
    assert again.count("The pool was small.") == 1


@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_was_cut_anywhere_is_told_and_said_not_to_have_ended(name: str) -> None:
    events = STORIES[name]().events
    begun = next(number for number, event in enumerate(events, 1) if event.type == "run.started")
    for end in range(begun, len(events) + 1):
        text = incident_markdown(incident(events[:end]), events[:end])
        ended = any(event.type == "run.finished" for event in events[:end])
        assert ("The run has not ended." in text) is not ended, events[end - 1].type
        assert all(len(set(columns)) == 1 for columns in seen(text).tables)
