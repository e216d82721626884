"""A document as one HTML page that needs nothing else: its head from the facts, its body from the Markdown.

The Markdown is what people wrote in, so the page says the same; raw HTML, images and addresses in it stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.model.steady import one_line, steady
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.keep import parts, segments
from rollback_gov.reports.phases import PhaseFact, last_ways
from rollback_gov.reports.templates import Rendered, render

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TEMPLATE = "document.html.j2"
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class Safe(str):
    """HTML that our Markdown renderer made."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the body. ``kind`` is ``generated``, ``written`` (by people) or ``open`` (nobody wrote it yet)."""

    kind: str
    html: Safe


@dataclass(frozen=True, slots=True)
class Heading:
    """A section of the body and the anchor in front of it."""

    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase of the picture: ``width`` is per cent of the whole, ``over`` its budget or not."""

    title: str
    result: str
    took: str
    width: float
    over: bool


def html_page(facts: Incident, markdown: str, *, prompts: str, folder: Path | None = None) -> Rendered:
    """Render a document as a page. ``prompts`` is the document as nobody wrote in it: what is the same is open."""
    asked = parts(prompts)
    headings: list[Heading] = []
    blocks: list[Block] = []
    for name, text in segments(markdown):
        kind = "generated" if not name else "open" if text == asked.get(name) else "written"
        html = _html(text, headings)
        if html.strip():
            blocks.append(Block(kind, Safe(html)))
    title = next((line.removeprefix("# ") for line in markdown.splitlines() if line.startswith("# ")), "")
    values = {
        "i": facts,
        "title": _plain(title),
        "blocks": blocks,
        "headings": headings,
        "bars": bars(facts),
        "spent": spent(facts),
    }
    return render(TEMPLATE, values, folder)


def spent(facts: Incident) -> float | None:
    """Give how much of the SLA the rollback took, in per cent and at most 100; None where that is not known."""
    took, limit = facts.sla.duration, facts.sla.limit
    if isinstance(took, NotMeasured) or isinstance(limit, NotMeasured):
        return None
    return round(min(100.0, 100 * took.value.number / limit.value.number), 1)


def bars(facts: Incident) -> tuple[Bar, ...]:
    """Give the phases that have ended, one after the other, each as wide as the time that it took."""
    ways = last_ways(facts.phases)
    took = [(phase, phase.seconds.value) for phase in ways if not isinstance(phase.seconds, NotMeasured)]
    whole = sum(seconds.number for _, seconds in took) or 1.0
    return tuple(
        Bar(one_line(phase.title), phase.result, str(seconds), round(100 * seconds.number / whole, 2), _is_over(phase))
        for phase, seconds in took
    )


def _is_over(phase: PhaseFact) -> bool:
    return not isinstance(phase.within_budget, NotMeasured) and not phase.within_budget.value


def _html(text: str, headings: list[Heading]) -> str:
    parser = _parser()
    tokens = parser.parse("\n".join(line for line in text.splitlines() if not _is_marker(line)))
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            heading = Heading(f"section-{len(headings) + 1}", _plain(tokens[number + 1].content))
            token.attrSet("id", heading.anchor)
            headings.append(heading)
    html = steady(str(parser.renderer.render(tokens, parser.options, {})))
    html = html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return _TIME.sub(r'<span class="time">\g<0></span>', html)


def _is_marker(line: str) -> bool:
    return line.startswith("<!-- ") and line.rstrip().endswith(" -->")


def _plain(markdown: str) -> str:
    """Give the text of one line of Markdown without its markup."""
    children = _parser().parseInline(markdown)[0].children or []
    return "".join(child.content for child in children if child.type in ("text", "code_inline", "text_special"))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.disable(["image", "link", "autolink", "reference", "html_block", "html_inline"])
