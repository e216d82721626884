"""``import``: a runbook becomes drafts of plans, with gaps for everything that it does not say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rollback_gov.commands.new_file import write_new
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.plans.markdown.blocks import TooManyBlocks
from rollback_gov.plans.markdown.recognise import is_plan
from rollback_gov.plans.markdown.titles import slug
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.runbook.account import Account, account_of
from rollback_gov.plans.runbook.draft import read_runbook
from rollback_gov.plans.runbook.writing import draft_text
from rollback_gov.plans.source import read_source


class Imported(Record):
    """One draft: its YAML, and the account of what was taken."""

    text: str
    account: Account
    plan: bool = False
    """The runbook is a plan already: it follows the form, and every command takes it as it is."""


def import_runbook(path: Path) -> tuple[Imported, ...]:
    """Give the drafts of the plans in a runbook; none where it has nothing to import. Raises UsageError."""
    try:
        source = read_source(path)
        drafts = read_runbook(source)
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint=error.hint) from error
    except TooManyBlocks as error:
        raise UsageError(f"{path}: {error}", hint="A runbook is a document for people: split it.") from error
    plan = is_plan(source)
    return tuple(
        Imported(text=draft_text(draft, path.name), account=account_of(draft), plan=plan and index == 0)
        for index, draft in enumerate(drafts)
    )


def targets(out: Path, imported: Sequence[Imported]) -> list[Path]:
    """Name a file for each draft: ``plan.yaml``, and ``plan-TITLE.yaml`` for those behind the first."""
    found: list[Path] = []
    for index, one in enumerate(imported):
        name = slug(one.account.title.rpartition(":")[2]) or f"{index + 1}"
        path = out.with_stem(f"{out.stem}-{name}") if index else out
        found.append(path if path not in found else out.with_stem(f"{out.stem}-{index + 1}"))
    return found


def write(paths: Sequence[Path], imported: Sequence[Imported]) -> None:
    """Write the drafts, all or none. Raises UsageError where a file exists: nothing is overwritten."""
    written: list[Path] = []
    try:
        for path, one in zip(paths, imported, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_new(path, one.text)
            written.append(path)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, FileExistsError) and Path(error.filename) in paths:
            raise UsageError(f"'{error.filename}' exists already.", hint="Name another file with -o.") from error
        reason = error.strerror or str(error)
        hint = "Check the folder and the permissions."
        raise UsageError(f"Cannot write '{error.filename}': {reason}.", hint=hint) from error
