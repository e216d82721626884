"""Whether a Markdown document says that it is a plan, without reading it."""

from __future__ import annotations

import re

from rollback_gov.plans.source import Source

NO_PLAN = "This document is no rollback plan: it begins with no '# Rollback Plan: …' and has no '## Metadata'."
HOW = "`rollback-gov import` drafts a plan from it; docs/markdown.md shows the form."
_MATTER = re.compile(r"---[ \t]*\r?\n(?P<matter>.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*[\"']?RollbackPlan\b", re.MULTILINE)
_TITLE = re.compile(r"\s*(?:<!--.*?-->\s*)*#[ \t]+Rollback Plan[ \t]*[:–—-]", re.IGNORECASE | re.DOTALL)
_METADATA = re.compile(r"^##[ \t]+Metadata\b", re.IGNORECASE | re.MULTILINE)


def is_plan(source: Source) -> bool:
    """Tell whether the front matter says ``kind: RollbackPlan``, or the document begins like one and has metadata."""
    text = "\n".join(source.lines)
    matter = _MATTER.match(text)
    if matter and _KIND.search(matter["matter"]):
        return True
    return _TITLE.match(text, matter.end() if matter else 0) is not None and _METADATA.search(text) is not None
