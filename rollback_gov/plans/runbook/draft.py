"""A runbook becomes drafts of plans. What it does not say is never made up: it becomes a gap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rollback_gov.plans.markdown.page import Page
from rollback_gov.plans.markdown.yaml_fence import front_matter
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.runbook.about import read_about
from rollback_gov.plans.runbook.afterwards import read_afterwards
from rollback_gov.plans.runbook.checks import read_checks
from rollback_gov.plans.runbook.document import Document, read_document
from rollback_gov.plans.runbook.encoding import broken_as
from rollback_gov.plans.runbook.kept import read_kept
from rollback_gov.plans.runbook.no_return import read_no_return
from rollback_gov.plans.runbook.people import read_people
from rollback_gov.plans.runbook.placeholders import read_placeholders
from rollback_gov.plans.runbook.procedure import read_procedure
from rollback_gov.plans.runbook.scenarios import read_scenarios
from rollback_gov.plans.runbook.taking import Taking
from rollback_gov.plans.runbook.triggers import read_triggers
from rollback_gov.plans.runbook.trouble import read_trouble
from rollback_gov.plans.runbook.words import section_kind
from rollback_gov.plans.source import Source

_TAGS = re.compile(r"(?:</?[a-zA-Z][^<>]{0,100}>\s{0,9}){1,9}")


class Draft(NamedTuple):
    """What became of one plan of a runbook: its first line, the one behind its last, and the lines (all from 0) that
    say something and were not understood."""

    taking: Taking
    first: int
    end: int
    not_understood: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The plan's title, or nothing."""
        title = self.taking.plan["metadata"].get("title")
        return str(title.value) if title else ""


def read_runbook(source: Source) -> list[Draft]:
    """Give a draft of every plan in a runbook: none where it has no procedure. Raises TooManyBlocks."""
    lines = source.lines
    encoding = broken_as(source.text)
    skipped = _front_matter(source)
    drafts: list[Draft] = []
    for document in _documents(read_document(lines[skipped:], first=skipped)):
        taking = _taken(document, encoding)
        if taking.plan["phases"]:
            first = document.root.line
            drafts.append(Draft(taking, first, first + len(document.lines)))
    left = _left(lines, drafts)
    return [draft._replace(not_understood=tuple(own)) for draft, own in zip(drafts, left, strict=True)]


def _front_matter(source: Source) -> int:
    """Give how many lines front matter has; one that cannot be read is text like any other."""
    try:
        return front_matter(Page(source))[1]
    except DocumentError:
        end = next((index for index, line in enumerate(source.lines[1:400], 1) if line.strip() in ("---", "...")), -1)
        return end + 1 if source.lines[0].strip() == "---" and end > 0 else 0


def _documents(document: Document) -> Iterator[Document]:
    """Give the runbook and the plans that it shows; a report or anything else that it shows is none."""
    yield document
    for inner in document.nested:
        if section_kind(inner.title) != "ignored":
            yield from _documents(inner)


def _taken(document: Document, encoding: str) -> Taking:
    taking = Taking(encoding)
    taking.lines |= {section.line for section in document.root.walk() if section.kind not in ("", "ignored")}
    read_procedure(taking, document.root)
    if not taking.plan["phases"]:
        return taking
    read_about(taking, document)
    read_triggers(taking, document.root)
    read_kept(taking, document.root)
    read_no_return(taking, document.root)
    read_scenarios(taking, document.root)
    read_checks(taking, document.root)
    read_trouble(taking, document.root)
    read_afterwards(taking, document.root)
    read_people(taking, document.root)
    read_placeholders(taking)
    if taking.counts["broken_commands"]:
        many = taking.counts["broken_commands"]
        have = "1 script has" if many == 1 else f"{many} scripts have"
        taking.gap("phases", f"The text was read in a wrong encoding ({encoding}): {have} broken letters.")
    return taking


def _left(lines: Sequence[str], drafts: Sequence[Draft]) -> list[list[int]]:
    """Give, for every draft, its lines that say something and were not taken; a line belongs to the innermost one."""
    owners = [-1] * len(lines)
    for index, draft in enumerate(drafts):  # a plan comes before those inside of it
        owners[draft.first : draft.end] = [index] * (draft.end - draft.first)
    left: list[list[int]] = [[] for _ in drafts]
    for number, owner in enumerate(owners):
        if owner >= 0 and number not in drafts[owner].taking.lines and _says_something(lines[number]):
            left[owner].append(number)
    return left


def _says_something(line: str) -> bool:
    """Tell a line with text from rules, fences and tags alone."""
    text = line.strip().strip("-*_=`~ |:")
    return bool(text) and not (text.startswith("<") and _TAGS.fullmatch(text[:300]))


def ordered(plan: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Give a plan with its keys in the order of the format."""
    return {key: plan[key] for key in keys if key in plan}
