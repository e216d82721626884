"""What the operation is: the title, ``Metadata`` and ``Operation Summary``."""

from __future__ import annotations

import re

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.draft import Draft
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.labels import Field, Labelled, put_label
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.sections import Section

TITLE = re.compile(r"[\W_]*+Roll[ -]?back Plan\s{0,9}[:–—-]\s*", re.IGNORECASE)
METADATA = {
    "operation id": Field("operation"),
    "created": Field("created"),
    "owner": Field("owner"),
    "certification level": Field("level", "number"),
    "review by": Field("review_by"),
}
SUMMARY = {
    "what we're changing": Field("summary"),
    "services affected": Field("services", "names"),
}
RISK = {"risk level": Field("risk", "word")}


def read_title(page: Page, root: Draft, title: Said) -> None:
    """Take the title of "Rollback Plan: …"."""
    found = TITLE.match(title.text)
    said = title.part(found.end() if found and not set(found[0]) & set("*_[`") else 0)
    metadata = root.record("metadata", title)
    name = plain(said.text)
    if name := TITLE.sub("", name, count=1) if TITLE.match(name) else name:
        metadata.derive("title", page.node(name, said))


def read_metadata(page: Page, root: Draft, section: Section) -> None:
    """Read ``Metadata``: the operation, its owner, its level."""
    read_body(page, section.blocks, root.record("metadata", section.title), METADATA | RISK, listed=True)


def read_summary(page: Page, root: Draft, section: Section) -> None:
    """Read ``Operation Summary``: what changes, and how risky that is."""
    for entry in read_body(page, section.blocks, root.record("change", section.title), SUMMARY, listed=True):
        if isinstance(entry, Labelled) and entry.name in RISK:
            put_label(page, root.record("metadata", section.title), RISK[entry.name], entry)


def is_comment(block: Block) -> bool:
    """Tell whether a block of HTML is a comment and nothing else."""
    text = block.text.strip()
    return (
        text.startswith("<!--")
        and text.endswith("-->")
        and text.count("<!--") == 1
        and text.find("-->") == len(text) - 3
    )
