"""Labels of a runbook: ``**Owner**: payments``, ``- **Owner**: payments``, ``Owner: payments``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook.taking import Taking
from rollback_gov.plans.runbook.words import label_kind

_LABEL = re.compile(
    r"[\s>]{0,8}(?:[-*+]\s+)?(?:\*\*|__)?(?P<label>[^*_`:：\n]{1,60}?)\s?(?:(?:\*\*|__)\s?[:：]|[:：](?:\*\*|__)?)\s*(?P<value>\S.*)?$"
)


MOST_ROWS = 60
"""Rows of a table that may be labels: a longer one is a table of something else."""


class Label(NamedTuple):
    """A label, its kind (a key under ``labels`` in ``words.yaml``, or nothing), its value, and its line from 0."""

    label: str
    kind: str
    value: str
    line: int


def labels_in(taking: Taking, blocks: Iterable[Block]) -> Iterator[Label]:
    """Give the labels of paragraphs, lists and tables with two columns; those of a known kind are taken."""
    for block in blocks:
        if block.kind == "table":
            yield from _rows(taking, block)
            continue
        for part in block.walk() if block.kind in ("list", "quote") else (block,):
            if part.kind == "paragraph":
                yield from _lines(taking, part)


def _lines(taking: Taking, block: Block) -> Iterator[Label]:
    for index, text in enumerate(block.text.split("\n")):
        found = _LABEL.match(text[:1_000])
        if found is not None and found["value"]:
            yield _label(taking, found["label"], found["value"], block.line + index)


def _rows(taking: Taking, block: Block) -> Iterator[Label]:
    for row in block.children[:MOST_ROWS]:
        if len(row.children) == 2 and all(cell.text.strip() for cell in row.children):
            yield _label(taking, row.children[0].text, row.children[1].text, row.line)


def _label(taking: Taking, label: str, value: str, line: int) -> Label:
    name = taking.said(label).strip().rstrip(":：")
    kind = label_kind(name)
    if kind:
        taking.lines.add(line)
    return Label(name, kind, taking.said(value), line)
