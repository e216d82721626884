"""Text of a plan in GitHub's Markdown: it is shown, and it is nothing but text."""

from __future__ import annotations

import re

from rollback_gov.model.code_span import code_span
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.result import CheckedFile
from rollback_gov.outputs.words import acceptance, printable

LONGEST = 2_000
SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTICE: "ℹ️"}


def span(text: str, longest: int = LONGEST) -> str:
    """Give text as a code span: no markup, mention, reference, link or picture comes out of it."""
    shown = " ".join(printable(text).split()) or " "
    return code_span(shown if len(shown) <= longest else f"{shown[: longest - 1]}…")


def words(text: str) -> str:
    """Give a sentence of ours as it is, and as a code span where it holds anything that could be markup."""
    is_plain = re.fullmatch(r"[\w ,.:;()-]*", text) and not re.search(r"\bgh-\d", text, re.IGNORECASE)
    return text if is_plain else span(text)


def item(file: CheckedFile, finding: Finding, longest: int = LONGEST) -> str:
    """Give one finding as an item of a list, with what to do next or who accepted it."""
    sign = "☑️ waived" if finding.waived else f"{SIGNS[finding.severity]} {finding.severity.value}"
    message = span(finding.message, longest)
    return f"- {sign} **{finding.code}**, {words(file.where(finding))}: {message}{_more(finding, longest)}"


def _more(finding: Finding, longest: int) -> str:
    if finding.waived:
        return f" ({span(acceptance(finding.waived), longest)})"
    return f" Next: {span(finding.hint, longest)}" if finding.hint else ""
