"""RG210: targets that are something else tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.action import Kubernetes
from rollback_gov.model.finding import Finding
from rollback_gov.policy.knowledge.moving import Target, image_moves, targets
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject

_HINT = "Name what was running: a commit, a tag with its digest, a revision; keep it in `baseline` or in a parameter."


@rule(
    "RG210",
    "A moving target",
    from_level=2,
    warn_from=1,
    page=Page(
        what="The rollback goes to something that is named by its place and not by what it is: `HEAD~1`, a branch, an "
        "image `:latest` or without a tag, 'the revision before'. It is an error where the name always moves, and a "
        "warning where it may.",
        why="After a merge, a hotfix or a second try it is another version: the rollback then puts the broken one "
        "back, "
        "or one that nobody has tested.",
        bad="steps:\n  - {id: code, run: git checkout HEAD~1}",
        good="parameters:\n  PREVIOUS_COMMIT: {pattern: '[0-9a-f]{40}'}\n"
        "steps:\n  - {id: code, run: 'git checkout --detach \"$PREVIOUS_COMMIT\"'}",
    ),
)
def moving(subject: Subject) -> Iterator[Finding]:
    """Look at scripts, and at the images of actions."""
    for placed in subject.scripts:
        if placed.role in ("looks", "rehearses"):
            continue
        for command, found in placed.script.told(targets):
            for target in found:
                span = (target.word.start, target.word.end)
                yield subject.in_script(
                    placed, _said(target), _HINT, span=span, doubt=not target.sure or placed.may_not_run(command)
                )
    yield from _actions(subject)


def _said(target: Target) -> str:
    return f"'{target.word.value}' {target.why}."


def _actions(subject: Subject) -> Iterator[Finding]:
    """Look at images of the `kubernetes` action; the loader refuses moving names of the `git` action by itself."""
    for path, record in subject.plan.records:
        if path[:1] == ("rehearsal",):
            continue
        if isinstance(record, Kubernetes):
            for container, image in (record.images or {}).items():
                if isinstance(image, str) and image_moves(image):
                    yield subject.finding((*path, "images", container), f"'{image}' {image_moves(image)}.", _HINT)
