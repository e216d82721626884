"""A draft of triggers from a configuration of another program."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.model.errors import UsageError
from rollback_gov.triggers.exchange.auto_rollback import read_auto_rollback
from rollback_gov.triggers.exchange.draft import Draft

MOST_BYTES = 1_000_000


def draft_of(path: Path) -> Draft:
    """Read an ``auto_rollback`` configuration. Raises UsageError for a file that is none or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path} is larger than a megabyte: that is no configuration.")
    return read_auto_rollback(text, name=str(path))
