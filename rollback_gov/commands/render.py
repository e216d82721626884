"""``render``: a plan as a Markdown document, which is the same plan."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.commands.yaml_file import replace
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.load import LoadedPlan, is_markdown


def render(loaded: LoadedPlan) -> str:
    """Give the document. Raises Refused for a plan that cannot be used."""
    from rollback_gov.plans.markdown.writing.document import write_markdown

    loaded.require()
    return write_markdown(loaded.source_map.root.value)


def write(text: str, out: Path, plan: Path, *, force: bool = False) -> str:
    """Write the document, and give a remark where it is not the same plan there.

    A file that says something else stays as it is unless ``force``; a plan in YAML always. Raises UsageError.
    """
    if out.exists() and out.samefile(plan) and not is_markdown(plan):
        raise UsageError(f"'{out}' is the plan itself.", hint="Name another file, such as plan.md beside it.")
    if out.exists() and not force and not _says(out, text):
        hint = "Look at it, then write over it with --force, or name another file."
        raise UsageError(f"'{out}' exists already, and says something else.", hint=hint)
    replace(out, text)
    if out.resolve().parent != plan.resolve().parent:
        return f"{out} is for reading: the files that its steps run lie beside {plan}."
    return ""


def _says(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False
