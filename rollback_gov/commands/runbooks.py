"""Which files that a pattern found are plans, and which are runbooks: Markdown that says nowhere that it is one."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.plans.load import LoadedPlan, is_markdown, load_plan, load_text
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source, read_source


def is_runbook(path: Path) -> bool:
    """Tell whether a Markdown file that a pattern found says nowhere that it is a plan, for who needs the name only."""
    return _text_of(path) is None if _may_be_runbook(path) else False


def load_found(path: Path, *, name: str = "") -> LoadedPlan | None:
    """Load a file that a pattern found; None for a runbook: a Markdown file that says nowhere that it is a plan.

    The file is read once.
    """
    if not _may_be_runbook(path):
        return load_plan(path, name=name)
    source = _text_of(path, name)
    return load_text(path, source) if source is not None else None


def _may_be_runbook(path: Path) -> bool:
    """Tell Markdown of another name than plan.md, which always means a plan."""
    return is_markdown(path) and path.stem.lower() != "plan"


def _text_of(path: Path, name: str = "") -> Source | None:
    """Read a Markdown file that says that it is a plan; None for another one, and for what cannot be read."""
    from rollback_gov.plans.markdown.recognise import is_plan

    try:
        source = read_source(path, name=name)
    except DocumentError:
        return None
    return source if is_plan(source) else None
