"""Names that mean another version tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.arguments import flag, option
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import Command, Word
from rollback_gov.policy.shell.subcommands import family, operands_of, subcommand


class Target(Record):
    """What a command goes to, and why that moves; ``sure`` where it always does."""

    word: Word
    why: str
    sure: bool = True


BRANCHES = names("main master develop development dev staging production prod trunk stable release")
GOES_TO = {"checkout": 0, "switch": 0, "reset": 0, "revert": 0, "restore": 0}
"""Subcommands of git that take the work tree or a branch somewhere."""
_IMAGE_VERBS = {
    "docker": ("pull", "run", "create", "image pull", "service create", "service update"),
    "kubectl": ("set image", "run", "create deployment"),
    "crictl": ("pull",),
}
"""Subcommands that take images."""


def targets(command: Command) -> tuple[Target, ...]:
    """Give the moving targets of a command."""
    return tuple(_targets(command))


def _targets(command: Command) -> Iterator[Target]:
    program = family(command)
    if program == "git":
        yield from _git(command)
    elif program in _IMAGE_VERBS:
        yield from _images(command)
    if program == "kubectl":
        yield from _undo(command)
    elif program in ("helm", "alembic", "npm", "curl", "wget"):
        yield from _OTHERS[program](command)


def reference_moves(name: str) -> str:
    """Say why a git reference moves; empty if it does not."""
    found = re.fullmatch(r"([\w./-]+|@)(?:[~^]+\d*|@\{.*\})+", name)
    if found is None or re.search(r"[~^]0$", name) or re.fullmatch(r"[0-9a-f]{7,40}", found[1]):
        return ""
    return "is another commit after the next merge"


def image_moves(image: str) -> str:
    """Say why the name of an image moves; empty if it does not. An image with a variable in it is not judged."""
    name = image.rpartition("/")[2]
    if "$" in image or "@" in image or not re.fullmatch(r"[\w./:-]+", image):
        return ""
    if name.endswith(":latest"):
        return "is whatever was pushed last"
    return "" if ":" in name else "has no tag, which means ':latest'"


def _git(command: Command) -> Iterator[Target]:
    rest = operands_of(command)
    if not rest:
        return
    verb = rest[0].value
    if verb == "pull":
        yield Target(word=rest[0], why="takes whatever the branch is now", sure=False)
    if verb not in GOES_TO or any(word.value == "--" for word in command.arguments):
        return
    for word in rest[1:2]:
        why = reference_moves(word.value)
        if why:
            yield Target(word=word, why=why)
        elif word.value in BRANCHES or word.value.startswith("origin/"):
            yield Target(word=word, why="is a branch: it moves with every merge", sure=False)


def _images(command: Command) -> Iterator[Target]:
    verb = next((verb for verb in _IMAGE_VERBS[family(command)] if subcommand(command, verb)), "")
    if not verb:
        return
    plain = operands_of(command)[len(verb.split()) :]
    if verb == "set image":
        candidates = [_right_side(word) for word in plain if "=" in word.value]
    elif verb.endswith("pull"):
        candidates = [*plain]
    else:
        candidates = [word for word in plain if word.value.endswith(":latest")]
        image = option(command, "--image")
        candidates += [image] if image is not None else []
    for word in candidates:
        why = image_moves(word.value)
        if why:
            yield Target(word=word, why=why)


def _right_side(word: Word) -> Word:
    return word._replace(value=word.value.partition("=")[2])


def _undo(command: Command) -> Iterator[Target]:
    """``rollout undo`` goes to the revision before: after a second deployment that is the broken one again."""
    word = subcommand(command, "rollout undo")
    if word is not None and option(command, "--to-revision") is None:
        yield Target(
            word=word, why="goes to the revision before, which after a second deployment is the broken one", sure=False
        )


def _helm(command: Command) -> Iterator[Target]:
    rest = operands_of(command)
    if len(rest) == 2 and rest[0].value == "rollback":
        yield Target(word=rest[0], why="without a revision goes to the one before", sure=False)


def _alembic(command: Command) -> Iterator[Target]:
    for word in command.arguments:
        if re.fullmatch(r"-\d+", word.value):
            yield Target(word=word, why="counts from wherever the database is", sure=False)


def _npm(command: Command) -> Iterator[Target]:
    if flag(command, "--help") is None:
        for word in command.arguments:
            if word.value.endswith("@latest"):
                yield Target(word=word, why="is whatever was published last")


def _download(command: Command) -> Iterator[Target]:
    for word in command.arguments:
        found = "raw." in word.value and re.search(
            r"raw\.githubusercontent\.com/[^/]+/[^/]+/(main|master|HEAD)/", word.value
        )
        if found:
            yield Target(word=word, why="is a file of a branch: it moves with every merge", sure=False)


_OTHERS = {"helm": _helm, "alembic": _alembic, "npm": _npm, "curl": _download, "wget": _download}
