"""Answers from elsewhere: another process leaves a file, the run picks it up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = "inbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Somebody's answer to a gate: ``approved`` or ``denied``."""

    step: str
    decision: str
    by: str
    reason: str
    executable: str
    """Digest of what runs, as the person saw it."""
    subject: str = ""
    """Digest of what was shown to be agreed to, such as a terraform plan; empty where the step itself is all."""

    @property
    def makes_sense(self) -> bool:
        """Somebody said yes or no; files can hold anything."""
        texts = all(isinstance(getattr(self, name), str) for name in Answer.__slots__)
        return texts and self.decision in ("approved", "denied") and bool(self.by.strip())


def leave(folder: Path, answer: Answer, *, number: int) -> Path:
    """Put an answer into a run's inbox, whole or not at all."""
    inbox = folder / FOLDER
    inbox.mkdir(exist_ok=True)
    path = inbox / f"{number}-{os.getpid()}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps({name: getattr(answer, name) for name in Answer.__slots__}), encoding="utf-8")
    part.rename(path)
    return path


def answers(folder: Path) -> Iterator[Answer]:
    """Read the answers that lie in a run's inbox; what is no answer is passed over."""
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            answer = Answer(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError):
            continue
        if answer.makes_sense:
            yield answer
