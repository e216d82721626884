"""Entries of lists that are records: steps, checks, triggers, what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rollback_gov.model.action import ACTIONS
from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.draft import Draft
from rollback_gov.plans.markdown.inline import plain, without_checkbox
from rollback_gov.plans.markdown.labels import Labelled
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.titles import name_by
from rollback_gov.plans.markdown.unread import refuse_code, refuse_unread
from rollback_gov.plans.source_map import Node

_BOLD = re.compile(r"(\*\*|__)(?P<name>.+?)\1(?P<colon>:?)\s*")


def entries_of(page: Page, rest: Sequence[Block | Labelled]) -> Iterator[Block]:
    """Give the entries of every list among what a body left. Raises DocumentError for a table, and for hidden code."""
    for block in rest:
        if isinstance(block, Block) and block.kind == "list":
            yield from block.children
        else:
            refuse_unread(page, [block])


def title_of(page: Page, item: Block) -> tuple[Said, list[Said]]:
    """Give the title of an entry, its bold beginning or its first line, and the other lines of its first paragraph.

    Raises DocumentError where it begins with anything but text.
    """
    if not item.children or item.children[0].kind != "paragraph":
        page.refuse(page.start(item), "This entry has no name.", "Begin it with a line such as **Stop traffic**.")
    first, *lines = page.lines_of(item.children[0])
    first = first.part(len(first.text) - len(without_checkbox(first.text)))
    bold = _BOLD.match(first.text)
    if bold is None:
        return first, lines
    title = first.part(bold.start("name"), bold.end("name"))
    behind = first.part(bold.end())
    title = title.part(0, len(title.text) - title.text.endswith(":"))
    return title, [behind, *lines] if behind.text else lines


def read_item(page: Page, item: Block, otherwise: str, *, text: str = "", core: Callable[[str], str] = str) -> Draft:
    """Read one entry into a record: its name, its script, its YAML.

    Its text for people becomes the key ``text`` where there is one; ``core`` gives what of its name makes the id.
    Raises DocumentError.
    """
    title, behind = title_of(page, item)
    draft = Draft(page, title)
    rest = read_body(page, item.children[1:], draft, {}, script="run")
    name_by(draft, title, otherwise, core=core)
    told = description(page, behind, rest)
    if text and told is not None:
        draft.derive(text, told)
    return draft


def read_step(page: Page, item: Block, number: int) -> Draft:
    """Read a step. One that does nothing by itself is done by a person, as its text says."""
    title, behind = title_of(page, item)
    draft = Draft(page, title)
    rest = read_body(page, item.children[1:], draft, {}, script="run")
    name_by(draft, title, f"step-{number}")
    told = description(page, behind, rest)
    if not any(action in draft for action in ACTIONS):
        draft.derive("manual", told or Node(plain(title.text), title.line, title.column, title.end))
    elif told is not None:
        draft.derive("notes", told)
    return draft


def description(page: Page, lines: Sequence[Said], rest: Sequence[Block | Labelled]) -> Node | None:
    """Give the text for people below a title, block by block, or None where there is none."""
    refuse_code(page, rest)
    said = [list(lines)] if lines else []
    for block in rest:
        if isinstance(block, Block):
            said += [page.lines_of(each) for each in block.walk() if each.kind == "paragraph"]
        else:
            said.append(_with_label(block))
    if not said or not any(said):
        return None
    shown = [plain("\n".join(line.text for line in part)) for part in said]
    first = next(part[0] for part in said if part)
    end = first.end if len(said) == 1 and len(said[0]) == 1 else -1
    return Node("\n".join(filter(None, shown)), first.line, first.column, end)


def _with_label(entry: Labelled) -> list[Said]:
    if not entry.label.text:
        return list(entry.value)
    label = Said(f"{entry.label.text}:", entry.label.line, entry.label.column)
    return [label, *entry.value]
