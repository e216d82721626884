"""RG160 to RG162: steps that cannot be had back, and steps that run again."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject


@rule(
    "RG160",
    "A destructive step and no required baseline",
    from_level=3,
    warn_from=2,
    page=Page(
        what="The procedure has a step marked `destructive`, and no entry of `baseline` is `required`.",
        why="A rollback that overwrites data and fails half-way needs something to restore from, and it has to exist "
        "before the change is deployed.",
        bad="phases:\n  - {id: database, steps: [{id: restore, run: ./restore.sh, destructive: true}]}",
        good="baseline:\n  - {id: database, run: './dump.sh \"$SAVE\"', save: database.dump, required: true}\n"
        "phases:\n  - {id: database, steps: [{id: restore, run: ./restore.sh, destructive: true}]}",
    ),
)
def no_required_baseline(subject: Subject) -> Iterator[Finding]:
    """Look at the first destructive step; one baseline answers for all."""
    if any(saved.required for saved in subject.plan.baseline):
        return
    for path, _, step in subject.plan.every_step():
        if step.destructive and path[0] == "phases":
            yield subject.finding(
                (*path, "destructive"),
                f"Step '{step.id}' is destructive, and no baseline is required before the change.",
                "Add a `baseline` entry with `required: true` that keeps what the step removes.",
                at_key=True,
            )
            return


@rule(
    "RG161",
    "Nobody knows whether a destructive step may run again",
    from_level=3,
    warn_from=2,
    page=Page(
        what="A `destructive` step is neither `idempotent` nor has it a `verify`.",
        why="When the process that runs the rollback dies in the middle of the step, the next one has to know whether "
        "its effect is there. Without either it can only ask a person.",
        bad="steps:\n  - {id: restore, run: ./restore.sh, destructive: true}",
        good="steps:\n  - {id: restore, run: ./restore.sh, destructive: true, verify: ./schema-is-old.sh}",
    ),
)
def destructive_without_verify(subject: Subject) -> Iterator[Finding]:
    """Look at every destructive step."""
    for path, _, step in subject.plan.every_step():
        if step.destructive and not step.idempotent and step.verify is None:
            yield subject.finding(
                (*path, "destructive"),
                f"After a crash nobody knows whether the destructive step '{step.id}' may run again.",
                "Add `idempotent: true` if it may, or `verify:` with a question that tells.",
                at_key=True,
            )


@rule(
    "RG162",
    "A retry that could do it twice",
    page=Page(
        what="A step has `retry` and is neither `idempotent` nor has it a `verify`.",
        why="A step that failed may have had its effect all the same. Running it again is safe only where it says so.",
        bad="steps:\n  - {id: refund, http: {method: POST, url: https://shop.example.com/refunds}, retry: 3}",
        good="steps:\n  - {id: flag, http: {method: PUT, url: https://shop.example.com/flags/new}, retry: 3, "
        "idempotent: true}",
    ),
)
def retry_without_verify(subject: Subject) -> Iterator[Finding]:
    """Look at every step that is tried again."""
    for path, _, step in subject.plan.every_step():
        if step.retry is not None and step.retry.times and not step.idempotent and step.verify is None:
            yield subject.finding(
                (*path, "retry"),
                f"Step '{step.id}' is tried again after a failure, and nothing says that it may be.",
                "Add `idempotent: true` if it may run twice, or `verify:` with a question that tells.",
                at_key=True,
            )
