"""The steps of a part of a runbook: entries with commands, scripts, numbered comments, and what people do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook.commands import command_in
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.encoding import is_broken
from rollback_gov.plans.runbook.expecting import expect
from rollback_gov.plans.runbook.scripts import Piece, carried_over, is_script, is_text, pieces
from rollback_gov.plans.runbook.step_table import steps_of_table
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, entry_text, unique
from rollback_gov.plans.runbook.titles import is_choice_comment, read_title
from rollback_gov.plans.runbook.words import begins, says

Step = dict[str, Any]
_BOLD = re.compile(r"(?:\*\*|__)(?P<name>.{1,200}?)(?:\*\*|__):?")
_SHORT = 120
_KIND_OF_NOTE = re.compile(r"\[!(\w{3,12})\]")


def steps_of(taking: Taking, section: Section, used: Ids, *, bullets: bool = True) -> list[Step]:
    """Give the steps of a section and of the sections inside of it. ``bullets``: plain entries are steps too."""
    ticked = section.kind in ("procedure", "")  # elsewhere a list that is ticked is a check list
    own = _from_blocks(taking, section.blocks, used, section.title, bullets=bullets, ticked=ticked)
    found = list(own)
    for inner in section.sections:
        taking.lines.add(inner.line)
        found += steps_of(taking, inner, used, bullets=bullets)
    if found and not own:
        warn(taking, section.blocks, found[0])
    return found


def _from_blocks(
    taking: Taking, blocks: Sequence[Block], used: Ids, title: str, *, bullets: bool, ticked: bool
) -> list[Step]:
    found: list[Step] = []
    before: Block | None = None
    quoted: list[Value] = []
    numbered = False
    for block in blocks:
        behind = len(found)
        if (
            block.kind == "list"
            and (bullets or block.level or _has_code(block))
            and (ticked or not _is_checklist(block))
        ):
            for item in block.children:
                found += _from_item(taking, item, used)
        elif is_script(block):
            announced = _announcement(found[-1], numbered=numbered) if before is None and found else ""
            if announced and _is_all_of_it(announced):
                del used[found.pop()["id"].value]
                behind = len(found)
            found += _from_script(taking, block, used, announced.rstrip(":：") or _name_of(taking, title, before))
        elif is_text(block) and found and before is not None and says("shown", before.text[-80:]):
            taking.take(block)
            told = taking.paragraph(before)
            note(found[-1], [Value(f"{told.value.rstrip(':：')}: {block.text.rstrip()}", told.line)])
        elif is_text(block):
            found.append(_message(taking, block, used, title, before))
        elif block.kind == "table":
            found += steps_of_table(taking, block, used)
        elif block.kind == "quote":
            quoted += quotes_of(taking, [block])
        before = block if block.kind == "paragraph" else None
        numbered = block.kind == "list" and block.level == 1
        if quoted and len(found) > behind:
            note(found[behind], quoted)
            quoted = []
    if quoted and found:
        note(found[-1], quoted)
    return found


def quotes_of(taking: Taking, blocks: Iterable[Block]) -> list[Value]:
    """Give what quotes say: mostly a warning."""
    parts = [inner for block in blocks if block.kind == "quote" for inner in block.walk() if inner.kind == "paragraph"]
    told = [taking.paragraph(inner) for inner in parts]
    return [Value(_KIND_OF_NOTE.sub(lambda hit: f"{hit[1].capitalize()}:", one.value), one.line) for one in told]


def warn(taking: Taking, blocks: Iterable[Block], *steps: Step) -> None:
    """Put what quotes among blocks say beside steps."""
    told = quotes_of(taking, blocks)
    for step in steps if told else ():
        note(step, told)


def note(step: Step, told: Sequence[Value]) -> None:
    """Put a warning beside the step in front of which it stands."""
    own = [step["notes"]] if "notes" in step else []
    text = "\n".join(value.value for value in [*told, *own] if value.value)
    if text:
        step["notes"] = Value(text, told[0].line)


def prose_step(taking: Taking, blocks: Iterable[Block], used: Ids, title: str, line: int) -> list[Step]:
    """Give what people do where a part is nothing but text: one step that says it."""
    kept = list(blocks)
    told = [taking.paragraph(block) for block in kept if block.kind == "paragraph"]
    told = [value for value in told if value.value]
    warned = quotes_of(taking, kept)
    if not told and not warned:
        return []
    text = "\n".join(value.value for value in told or warned)
    step: Step = {"id": Value(unique(title, "step-1", used), line + 1), "manual": Value(text, (told or warned)[0].line)}
    if told and warned:
        note(step, warned)
    return [step]


def _from_item(taking: Taking, item: Block, used: Ids) -> list[Step]:
    taking.lines.update(range(item.line, item.end))
    text = entry_text(item)
    taking.note_windows(text)
    scripts = [block for block in item.walk() if is_script(block)]
    name, told = _name_and_text(taking, item, text)
    if scripts:
        found = [step for block in scripts for step in _from_script(taking, block, used, name)]
        if found and told.rstrip(":：. ") != name.rstrip("."):
            note(found[0], [Value(told, item.line + 1)])
        return found
    command = command_in(text)
    identity = Value(unique(name, f"step-{len(used) + 1}", used), item.line + 1)
    if command:
        step = {"id": identity, "run": Value(command, item.line + 1)}
        return [step if command == told else {"id": identity, "name": Value(told, item.line + 1), **step}]
    return [{"id": identity, "manual": Value(told or name or "?", item.line + 1)}]


def _name_and_text(taking: Taking, item: Block, text: str) -> tuple[str, str]:
    """Give the bold beginning of an entry or its first words, and all of its text."""
    said = taking.said(text)
    bold = _BOLD.match(text)
    name = taking.said(bold["name"]).rstrip(":") if bold else said.split("\n")[0].split(". ")[0].rstrip(":")
    below = list(item.walk())[2:] if len(item.children) > 1 else ()
    more = [taking.said(inner.text) for inner in below if inner.kind == "paragraph"]
    return name[:120], "\n".join(filter(None, [said, *more]))


def _from_script(taking: Taking, block: Block, used: Ids, name: str) -> list[Step]:
    taking.lines.update(range(block.line, block.end))
    parts = pieces(block)
    found = []
    for part in parts:
        title = taking.said(part.title) if part.title else name
        if not part.text.strip():
            continue
        step: Step = {"id": Value(unique(title, f"step-{len(used) + 1}", used), part.line + 1)}
        if title:
            step["name"] = Value(title, part.line + 1 if part.title else block.line + 1)
        step["run"] = Value(part.text, part.line + 1)
        if part.expected is not None:
            expect(step, part.expected[0], part.expected[1] + 1)
        found.append(step)
    _report(taking, block, parts)
    return found


def _report(taking: Taking, block: Block, parts: Sequence[Piece]) -> None:
    lost = carried_over(parts)
    if lost:
        names = ", ".join(lost[:5])
        taking.gap(
            "phases",
            f"One script became {len(parts)} steps, each a shell of its own: how does a later one get {names}?",
            block.line + 1,
        )
    choices = [line.strip() for line in block.text.split("\n") if is_choice_comment(line)]
    if len(choices) > 1:
        shown = "; ".join(choice.lstrip("# ")[:60] for choice in choices[:4])
        taking.gap("phases", f"A script does one alternative after the other: which is meant? {shown}", block.line + 1)
    if is_broken(block.text, taking.encoding):
        taking.counts["broken_commands"] += 1


def _message(taking: Taking, block: Block, used: Ids, title: str, before: Block | None) -> Step:
    """A text to send: a person sends it, and the plan keeps it."""
    taking.take(block)
    taking.counts["messages"] += 1
    said = taking.paragraph(before).value if before else read_title(title).name
    told = f"{said}\n{block.text.rstrip()}"
    identity = unique(said if len(said) < 60 else read_title(title).name, f"step-{len(used) + 1}", used)
    return {"id": Value(identity, block.line + 1), "manual": Value(told, block.line + 1)}


def _has_code(block: Block) -> bool:
    return any(is_script(inner) or (inner.kind == "paragraph" and command_in(inner.text)) for inner in block.walk())


def _announcement(step: Step, *, numbered: bool) -> str:
    """Give the text of an entry that says what the block behind its list does: "2. Restart the services:".

    The last of a numbered list says it without the colon too: the block would be indented, had its author known. What
    waits for somebody announces nothing.
    """
    told = str(step["manual"].value) if "manual" in step else ""
    announces = told.endswith((":", "：")) or (numbered and "\n" not in told and len(told) < _SHORT)
    return told if announces and not says("waits", told) else ""


def _is_all_of_it(told: str) -> bool:
    """Tell whether nothing is left for a person once the announced script has run; in doubt a person confirms it."""
    return told.endswith((":", "：")) or (begins("does", told) and not says("looks", told))


def _is_checklist(block: Block) -> bool:
    heads = [entry_text(item) for item in block.children]
    return bool(heads) and all(text[:4].lower() in ("[ ] ", "[x] ") for text in heads)


def _name_of(taking: Taking, title: str, before: Block | None) -> str:
    """Name a script after the line above it that introduces it, or after its section."""
    if before is not None and len(before.text) < _SHORT and before.text.rstrip().endswith((":", "：")):
        taking.take(before)
        return taking.said(before.text).rstrip(":：")
    return read_title(title).name
