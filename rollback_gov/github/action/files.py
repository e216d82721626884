"""The files through which a step speaks to the runner.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#environment-files
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from rollback_gov.model.cut import cut_at_line

SUMMARY_BYTES = 900 * 1024
"""GitHub drops a summary beyond 1 MiB as a whole."""
_CUT = "\n\nThe summary ends here: it would be longer than GitHub shows.\n"


def output_text(values: Mapping[str, str]) -> str:
    """Write outputs, each behind a delimiter that no value can guess."""
    parts = []
    for name, value in values.items():
        delimiter = f"end-{secrets.token_hex(16)}"
        parts.append(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    return "".join(parts)


def append(path: str, text: str) -> None:
    """Append to a file of the runner; nothing where the runner named none."""
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def summary_text(text: str) -> str:
    """Cut a summary at a line's end so that GitHub shows it."""
    return cut_at_line(text, SUMMARY_BYTES, _CUT)
