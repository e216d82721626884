"""Answers from elsewhere: another process leaves a file, the run picks it up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

FOLDER = "inbox"
CANCEL_FILE = "cancel"


class Answer(Record):
    """Somebody's answer to a question: ``approved``, ``denied``, or what was chosen."""

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
        """Somebody said something; files can hold anything."""
        texts = all(isinstance(value, str) for value in vars(self).values())
        return texts and bool(self.decision.strip() and self.by.strip())


class Cancel(Record):
    """Somebody's wish that a run ends: at once, or after the step that runs."""

    by: str
    reason: str
    after_step: bool

    @property
    def makes_sense(self) -> bool:
        """It says who, why and when; files can hold anything."""
        return isinstance(self.by, str) and isinstance(self.reason, str) and isinstance(self.after_step, bool)


def leave(folder: Path, answer: Answer, *, number: int) -> Path:
    """Put an answer into a run's inbox, whole or not at all. Raises UsageError where it takes none."""
    return _put(folder, f"{number}-{os.getpid()}.json", vars(answer))


def leave_cancel(folder: Path, cancel: Cancel) -> Path:
    """Put a wish to end into a run's inbox, in the place of an earlier one. The file is gone once the run noticed.

    Raises UsageError where the inbox takes none.
    """
    return _put(folder, CANCEL_FILE, vars(cancel))


def take_cancel(folder: Path) -> Cancel | None:
    """Take the wish to end out of a run's inbox, if there is one: it counts once. What is no wish is thrown away."""
    path = folder / FOLDER / CANCEL_FILE
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        path.unlink()
        cancel = Cancel(**json.loads(text))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return cancel if cancel.makes_sense else None


def _put(folder: Path, name: str, document: Mapping[str, object]) -> Path:
    path = folder / FOLDER / name
    part = path.with_name(f"{name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(exist_ok=True)
        part.write_text(json.dumps(document), encoding="utf-8")
        part.rename(path)
    except OSError as error:
        hint = "Do it as somebody who may write there, and where there is room."
        raise UsageError(f"Nothing can be left for the run in {path.parent}: {error.strerror}.", hint=hint) from error
    return path


def answers(folder: Path) -> Iterator[Answer]:
    """Read the answers that lie in a run's inbox, the oldest first; what is no answer is passed over."""
    return (answer for _, answer in _letters(folder))


def use_up(folder: Path, step: str) -> None:
    """Set aside the answers to a question that is decided: asked again, it needs a new one."""
    for path, answer in list(_letters(folder)):
        if answer.step == step:
            with suppress(OSError):
                path.rename(used(path))


def used(path: Path) -> Path:
    """Give the name that an answer has once it counted."""
    return path.with_name(f"{path.name}.used")


def _letters(folder: Path) -> Iterator[tuple[Path, Answer]]:
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            answer = Answer(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError):
            continue
        if answer.makes_sense:
            yield path, answer
