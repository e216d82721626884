"""``Rollback Failure Escalation``: who is called when the rollback fails, or takes longer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import plain_texts, read_body
from rollback_gov.plans.markdown.draft import Draft, append, sequence
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.spans import span_of
from rollback_gov.plans.markdown.unread import beside_lists, refuse_sections, refuse_unread
from rollback_gov.plans.source_map import Node

WHEN = {"if rollback fails": "failed", "if rollback runs late": "running"}
_LEVEL = re.compile(r"(?:\*\*|__)Level\s{1,9}(?P<level>[0-9])\s{0,9}(?P<colon>[:–—-]?)", re.IGNORECASE)
_WHEN = re.compile(
    r"\((?:after\s{1,9}(?P<span>[^()\s][^()]*)|(?P<from>[0-9]{1,6})\s{0,3}(?P<its>[a-z]*)(?:\s{0,3}[-–]\s{0,3}[0-9]{1,6}|\+)\s{0,3}(?P<unit>[a-z]+))\)"
    r"\s{0,9}:?(?:\*\*|__):?$",
    re.IGNORECASE,
)


def read_escalation(page: Page, root: Draft, section: Section) -> None:
    """Read the ladder, rung by rung."""
    rungs = sequence(section.title)
    refuse_unread(page, read_body(page, section.blocks, root, {}), lists=True)
    refuse_sections(page, section, tuple(WHEN))
    for below in section.sections:
        if below.name in WHEN:
            for head, blocks in _rungs(page, below):
                append(rungs, _rung(page, head, blocks, WHEN[below.name]))
    if rungs.value:
        root.put("escalation", rungs)


class _Rung(NamedTuple):
    """The first line of a rung, and what of it says the level and the time."""

    line: Said
    level: re.Match[str]
    when: re.Match[str]

    @property
    def name(self) -> Said:
        """What stands between both."""
        return self.line.part(self.level.end(), self.when.start())


def _rung_of(page: Page, block: Block) -> _Rung | None:
    """Read "**Level 1: Name (0-5 minutes)**". Raises DocumentError for a rung that does not say when it begins."""
    lines = page.lines_of(block) if block.kind == "paragraph" else []
    level = _LEVEL.match(lines[0].text) if len(lines) == 1 else None
    if level is None:
        return None
    when = _WHEN.match(lines[0].text, max(lines[0].text.rfind("("), 0))
    if when is None or (lines[0].part(level.end(), when.start()).text and not level["colon"]):
        page.refuse(
            lines[0],
            "This level does not say when it begins.",
            "Write it as `**Level 1: Name (0-5 minutes)**` or `**Level 1: Name (after 5 minutes)**`.",
        )
    return _Rung(lines[0], level, when)


def _rungs(page: Page, section: Section) -> Iterator[tuple[_Rung, list[Block]]]:
    """Give each rung and the blocks below it."""
    refuse_sections(page, section)
    head: _Rung | None = None
    blocks: list[Block] = []
    for block in section.blocks:
        found = _rung_of(page, block)
        if found is None:
            blocks.append(block)
            continue
        if head is not None:
            yield head, blocks
        else:
            refuse_unread(page, blocks, lists=True)
        head, blocks = found, []
    if head is not None:
        yield head, blocks
    else:
        refuse_unread(page, blocks, lists=True)


def _rung(page: Page, head: _Rung, blocks: list[Block], on: str) -> Node:
    line, level, when = head
    draft = Draft(page, line)
    draft.put("on", page.node(on, line))
    rest = read_body(page, blocks, draft, {})
    refuse_unread(page, beside_lists(rest))
    draft.put("level", page.node(int(level["level"]), line.part(level.start("level"), level.end("level"))))
    if when["span"]:
        said, text = line.part(when.start("span"), when.end("span")), when["span"]
    else:
        said, text = line.part(when.start("from"), when.end("unit")), f"{when['from']} {when['its'] or when['unit']}"
    draft.put("after", page.node(span_of(text) or text, said))
    if head.name.text:
        draft.derive("name", page.node(plain(head.name.text), head.name))
    actions = plain_texts(page, blocks)
    if actions is not None:
        draft.put("actions", actions)
    return draft.node
