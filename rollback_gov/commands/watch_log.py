"""The log of the windows after a rollback, beside the run's journal."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.triggers.line import Line, LogError, read_lines

LOG = "watch_after.jsonl"


def read_log(folder: Path) -> tuple[Line, ...]:
    """Read the log of a run's windows; nothing where nobody watched. Raises LogError for a damaged one."""
    try:
        texts = (folder / LOG).read_text(encoding="utf-8", errors="surrogateescape").split("\n")[:-1]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise LogError(f"The log {folder / LOG} cannot be read: {error.strerror}.") from error
    try:
        return tuple(read_lines(texts))
    except LogError as error:
        raise LogError(f"{folder / LOG}: {error}", hint="Compare the file with a copy.") from error
