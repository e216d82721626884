"""Sentences that blame a person. A post-mortem asks what the system made easy, so each pattern needs a person.

The lists are data: what may stand for a person, what a person can be blamed for, and words that blame by themselves.
Systems are no persons ("the pool should have been larger", "the service failed to start" are findings about systems).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PRONOUNS = ("he", "she", "somebody", "someone", "whoever", "i")
_ROLES = (
    *("admin", "administrator", "author", "colleague", "contractor", "dba", "deployer", "developer", "engineer"),
    *("intern", "junior", "lead", "maintainer", "manager", "newcomer", "on-call", "on-caller", "operator", "responder"),
    *("reviewer", "sysadmin", "tester", "sre"),
)
_GROUPS = ("team", "teams", "qa", "ops", "devs")
PERSONS = (*_PRONOUNS, *_ROLES, *(f"{role}s" for role in _ROLES), *_GROUPS)
"""Words for a person, and for several: "the engineers forgot" blames each of them.

Whoever is named in the record of the run joins them, and so does every @handle.
"""

_ONLY_PEOPLE = (
    r"forgot(?: to)?\b",
    r"neglected to",
    r"(?:did not|didn['’]t|never) (?:bother|think|care|pay attention)",
    r"(?:messed up|screwed up|botched)\b",
)
"""What no system can be said to do: behind "they", which may be pods or checks, only this blames."""

FAULTS = (
    *_ONLY_PEOPLE,
    r"failed to (?:check|notice|test|read|follow|review|see|understand|ask|tell|escalate|respond|react|pay|look|think)",
    r"(?:did not|didn['’]t|never) (?:read|check|test|review|look|ask|follow)",
    r"missed (?!(?:the|its|their|our|an?) (?:\w+ )?(?:sla|slo|deadline|target|goal|window)\b)",
    r"(?:should(?:n['’]t)?|ought to|could)(?: not)? have (?!(?:been able|access|more|an?|the|enough|time)\b)\w+",
    r"should(?:n['’]t)?(?: not)? (?:know|pay attention|be more careful)",
    r"(?:made|has made|makes) (?:a|an|the|another) (?:\w+ )?(?:mistake|error|blunder)",
    r"(?:is|was|are|were) (?:to blame|at fault|responsible for the (?:outage|failure|incident|error|mistake))",
    r"(?:broke|ignored|overlooked|misread|mistyped)\b",
    r"caused (?:the|this|an?) (?:outage|incident|failure|problem|error)",
    r"(?:was|were|is) (?:too )?(?:careless|negligent|sloppy|lazy|inexperienced|inattentive|reckless|incompetent)",
)
"""What follows a person in a sentence that blames."""

ALWAYS = (
    r"(?:human|operator|user|pilot|developer|engineer) error(?! (?:page|message|rate|code|budget))",
    r"(?:careless(?:ness|ly)?|negligen(?:t|ce|tly)|incompeten(?:t|ce)|stupid(?:ity|ly)?|idiot(?:ic|s)?|sloppiness)",
    r"(?:disciplinary|punish(?:ed|ment)?|reprimand(?:ed)?)",
    r"fat[- ]finger(?:ed|ing)?",
)
"""Words that blame whoever is meant."""

_NEGATED = re.compile(
    r"\b(?:no|not|nobody|never|without|isn['’]t|wasn['’]t|rather than|instead of)\b[\w\s,'’]{0,20}$", re.I
)
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^”]*”")


def blaming(text: str, names: Iterable[str] = ()) -> list[tuple[int, str]]:
    """Give the places (offset, words) where a sentence blames a person. ``names`` are people of the record."""
    bare = _bare(text)
    found = [match for pattern in _patterns(tuple(names)) for match in pattern.finditer(bare)]
    blamed = {match.start(): match[0] for match in found if not _NEGATED.search(bare[: match.start()][-40:])}
    return sorted(blamed.items())


def _patterns(names: tuple[str, ...]) -> list[re.Pattern[str]]:
    known = "|".join(sorted({re.escape(name) for name in (*PERSONS, *names)}, key=len, reverse=True))
    person = rf"(?:@[\w-]+|(?<![\w-])(?:{known})(?![\w-]))"
    adverb = r"(?:\s+(?:simply|just|also|clearly|then|again|obviously|apparently|on call))?"
    what = r"(?:fault|mistake|carelessness|negligence|error)\b"
    texts = (
        rf"{person}{adverb}\s+(?:{'|'.join(FAULTS)})",
        rf"\bthey{adverb}\s+(?:{'|'.join(_ONLY_PEOPLE)})",
        rf"{person}['’]s?\s+(?:own )?{what}",
        rf"\b{what} of (?:the |an? |our )?{person}",
        rf"\bblam(?:e|ed|es|ing) (?:the |an? |our )?{person}",
        rf"\b(?:{'|'.join(ALWAYS)})\b",
    )
    return [re.compile(text, re.I) for text in texts]


def _bare(text: str) -> str:
    """Take out what is quoted: a command or somebody's words are no judgement. Offsets stay."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)
