"""Whether a Markdown document says that it is a plan, without reading it."""

from __future__ import annotations

import re

from rollback_gov.plans.source import Source

NO_PLAN = "This document is no rollback plan: it begins with no '# Rollback Plan: …' and has no '## Metadata'."
HOW = "`rollback-gov import` drafts a plan from it; docs/markdown.md shows the form."
_MATTER = re.compile(r"---[ \t]*\r?\n(?P<matter>.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*[\"']?RollbackPlan\b", re.MULTILINE)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_DRESSED = r"(?:[^\w\n]|[0-9]{1,3}[.)])*+"
"""What stands around a title: signs, emphasis, the bracket of a link, a number."""
_NAMED = rf"{_DRESSED}Roll[ -]?back Plan[^\w\n]{{0,9}}[:–—-]"
_TITLE = re.compile(rf"\s*+(?:#[ \t]++{_NAMED}|{_NAMED}[^\n]*\n=+[ \t]*$)", re.IGNORECASE | re.MULTILINE)
_METADATA = re.compile(rf"^(?:##[ \t]++{_DRESSED}Metadata\b|Metadata[ \t:]*\n-+[ \t]*$)", re.IGNORECASE | re.MULTILINE)


def is_plan(source: Source) -> bool:
    """Tell whether the front matter says ``kind: RollbackPlan``, or the document begins like one and has metadata."""
    text = "\n".join(source.lines)
    matter = _MATTER.match(text)
    if matter and _KIND.search(matter["matter"]):
        return True
    at = matter.end() if matter else 0
    while comment := _COMMENT.match(text, at):
        at = comment.end()
    return _TITLE.match(text, at) is not None and _METADATA.search(text) is not None
