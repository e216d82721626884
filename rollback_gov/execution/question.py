"""A question to people and what is said to it, as values."""

from __future__ import annotations

from rollback_gov.model.record import Record

APPROVED, DENIED, DEADLINE = "approved", "denied", "deadline"
YES_OR_NO = (APPROVED, DENIED)
YES_AND_NO = {"y": "yes", "yes": "yes", "n": "no", "no": "no"}
"""What is typed for the choices ``yes`` and ``no``."""


class Said(Record, kw_only=False):
    """What somebody said, or that nobody did until the ``deadline``."""

    decision: str
    by: str = ""
    reason: str = ""


class Asked(Record):
    """A question to people, by the name under which it waits. Times are seconds."""

    path: str
    ask: str
    choices: tuple[str, ...] = YES_OR_NO
    several: bool = False
    """An answer may be several of the choices."""
    deadline: float | None = None
    """How long is waited, whoever is there."""
    patience: float = 0.0
    """How long is waited where there is no deadline and nobody at the terminal."""
    subject: str = ""
    """Digest of what is to be agreed to: an answer about another is none."""
    executable: str = ""
    """Digest of what runs, where it is approved."""
    by_hand: bool = False
    """A step that a person does; its end says who did, and the newest word counts."""
    role: str = ""
    """Who should answer, in the plan's words."""
    pages: bool = False
    """People elsewhere are told also when somebody is at the terminal."""

    def takes(self, decision: str) -> bool:
        """Say whether that is one of the answers."""
        return takes(self.choices, decision, several=self.several)


def takes(choices: tuple[str, ...], decision: str, *, several: bool) -> bool:
    """Say whether somebody's decision is one of the choices, or ``several`` of them."""
    words = decision.replace(",", " ").split() if several else [decision]
    return bool(words) and all(word in choices for word in words)


def is_same_person(one: str, other: str) -> bool:
    """Compare names as people write them: nobody becomes somebody else by a capital letter or a blank."""
    from rollback_gov.records.trust import folded

    return folded(one) == folded(other)


def command(run: str, path: str, choices: tuple[str, ...]) -> str:
    """Give the command that answers a question from elsewhere."""
    choose = f" --choose {'|'.join(choices)}" if not set(choices) <= set(YES_OR_NO) else ""
    return f"rollback-gov approve {run} {path}{choose}"


def again(run: str, *, distributed: bool) -> str:
    """Give the command that goes on with a run."""
    return f"rollback-gov resume {run}{' --distributed' if distributed else ''}"
