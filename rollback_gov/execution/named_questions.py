"""Questions that no step of the plan asks, under the names by which they wait and are answered."""

from __future__ import annotations

TAKE_OVER = "failure"
"""What is answered by whoever takes over after a failed rollback. There is no other answer to it."""
OVERRIDE = "override/"
"""Before the name of a refused check: whoever says yes goes on in spite of it, and says why."""
UNKNOWN = "unknown/"
"""Before the path of a step (and the number of a later attempt) of which nobody knows how it ended."""
BY_HAND = "by-hand/"
"""Before the path of a step that failed and that a person may do instead."""
HELP = "help/"
"""Before the path of a phase that failed, where the plan knows such trouble."""
CHECKLIST = "checklist/"
"""Before the moment: ``before`` or ``after``."""
LAST_RESORT = "last-resort"
POINT_OF_NO_RETURN = "point-of-no-return"
TIME_IS_OVER = "timeout"
_ABOUT = (UNKNOWN, BY_HAND, HELP)
_NAMED = (*_ABOUT, OVERRIDE, CHECKLIST)
_WHOLE = frozenset({TAKE_OVER, LAST_RESORT, POINT_OF_NO_RETURN, TIME_IS_OVER})


def about(name: str) -> str:
    """Give the path of the step or phase that a question is about; any other name is its own."""
    prefix = next((prefix for prefix in _ABOUT if name.startswith(prefix)), "")
    return name.removeprefix(prefix)


def is_gate(name: str) -> bool:
    """Say whether a gate asks it: of the plan, or between two regions. The second person answers those."""
    return name not in _WHOLE and not name.startswith(_NAMED)
