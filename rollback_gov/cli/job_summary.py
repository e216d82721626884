"""The summary of a job on GitHub: kept with the job, where nobody who may write the repository changes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GITHUB_STEP_SUMMARY"


def summarise(environ: Mapping[str, str], text: str) -> str:
    """Add Markdown to the summary of this step, where there is one; say in a sentence why it could not be added."""
    name = environ.get(VARIABLE, "")
    if not name:
        return ""
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        return f"The job summary lacks it: {name} cannot be written ({error.strerror})."
    return ""
