"""``Rollback Failure Escalation``: who is called when the rollback fails, or takes longer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import plain_texts, read_body
from rollback_gov.plans.markdown.draft import Draft, append, sequence
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.spans import span_of
from rollback_gov.plans.source_map import Node

WHEN = {"if rollback fails": "failed", "if rollback runs late": "running"}
RUNG = re.compile(
    r"\*\*Level\s+(?P<level>[0-9])(?:\s*:\s*(?P<name>.*?))?\s*"
    r"\((?:after\s+(?P<span>[^()]+)|(?P<from>[0-9]+)(?:\s*[-–]\s*[0-9]+|\+)\s*(?P<unit>[a-z]+))\)\s*:?\*\*:?$",
    re.IGNORECASE,
)


def read_escalation(page: Page, root: Draft, section: Section) -> None:
    """Read the ladder, rung by rung."""
    rungs = sequence(section.title)
    read_body(page, section.blocks, root, {})
    for below in section.sections:
        if below.name in WHEN:
            for head, found, blocks in _rungs(page, below):
                append(rungs, _rung(page, head, found, blocks, WHEN[below.name]))
    if rungs.value:
        root.put("escalation", rungs)


def _rungs(page: Page, section: Section) -> Iterator[tuple[Said, re.Match[str], list[Block]]]:
    """Give each rung's first line and the blocks below it."""
    head: tuple[Said, re.Match[str]] | None = None
    blocks: list[Block] = []
    for block in section.blocks:
        lines = page.lines_of(block) if block.kind == "paragraph" else []
        found = RUNG.match(lines[0].text) if len(lines) == 1 else None
        if found is None:
            blocks.append(block)
            continue
        if head is not None:
            yield *head, blocks
        head, blocks = (lines[0], found), []
    if head is not None:
        yield *head, blocks


def _rung(page: Page, head: Said, found: re.Match[str], blocks: list[Block], on: str) -> Node:
    draft = Draft(page, head)
    draft.put("on", page.node(on, head))
    read_body(page, blocks, draft, {})
    draft.put("level", page.node(int(found["level"]), head.part(found.start("level"), found.end("level"))))
    if found["span"]:
        said, text = head.part(found.start("span"), found.end("span")), found["span"]
    else:
        said, text = head.part(found.start("from"), found.end("unit")), f"{found['from']} {found['unit']}"
    draft.put("after", page.node(span_of(text) or text, said))
    if found["name"]:
        name = head.part(found.start("name"), found.end("name"))
        draft.derive("name", page.node(plain(name.text), name))
    actions = plain_texts(page, blocks)
    if actions is not None:
        draft.put("actions", actions)
    return draft.node
