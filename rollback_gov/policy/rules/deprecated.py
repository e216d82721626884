"""RG219: options and programs that are going away, or are gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.knowledge.deprecated import SAME, outdated
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.shell.script import Script, Word
from rollback_gov.policy.subject import Subject

if TYPE_CHECKING:
    from rollback_gov.policy.shell.mending import Mend


@rule(
    "RG219",
    "An option or a program that is going away",
    severity=Severity.WARNING,
    page=Page(
        what="A script uses what its makers have deprecated or removed: `kubectl --record`, `docker-compose`, `mongo`, "
        "`helm delete --purge`.",
        why="Rollback plans are old when they are needed. What is deprecated today fails on the machine of next year.",
        bad="steps:\n  - {id: image, run: kubectl -n shop set image deployment/shop shop=shop:v1 --record}",
        good="steps:\n  - {id: image, run: kubectl -n shop set image deployment/shop shop=shop:v1}",
    ),
)
def going_away(subject: Subject) -> Iterator[Finding]:
    """Look at every command."""
    for placed in subject.scripts:
        for _, (word, message, hint) in placed.script.told(outdated):
            mend = _mend(placed.script, word)
            yield subject.in_script(placed, message, hint, span=(word.start, word.end), mend=mend)


def _mend(script: Script, word: Word) -> Mend | None:
    """Write what does the same today. An option with a value of its own is not looked into."""
    name, _, value = word.value.partition("=")
    if value not in ("", "true") or name not in SAME:
        return None
    from rollback_gov.policy.shell.mending import instead, without

    return instead(script, word, SAME[name]) if SAME[name] else without(script, word)
