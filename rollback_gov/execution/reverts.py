"""What a git history says about reverts. Pure."""

from __future__ import annotations

import re

PHRASE = "This reverts commit "
"""What ``git revert`` writes before the id."""
_REVERTS = re.compile(rf"{PHRASE}([0-9a-f]{{40}}(?:[0-9a-f]{{24}})?)")
LOG_FORMAT = "%H%n%B%x00"


def is_reverted(commit: str, log: str) -> bool:
    """Tell whether a commit is undone in a history, given as ``git log`` in LOG_FORMAT: a revert that was itself
    reverted does not count.
    """
    entries = [entry.strip().partition("\n") for entry in log.split("\0") if entry.strip()]
    reverts = {own: _REVERTS.findall(body) for own, _, body in entries}
    return _undone(commit, reverts)


def _undone(commit: str, reverts: dict[str, list[str]]) -> bool:
    return any(commit in undone and own != commit and not _undone(own, reverts) for own, undone in reverts.items())
