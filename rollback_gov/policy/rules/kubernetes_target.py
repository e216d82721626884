"""RG216: kubectl without a cluster or a namespace."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.knowledge.kubernetes import missing
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.variables import exported


@rule(
    "RG216",
    "kubectl without a cluster or a namespace",
    severity=Severity.WARNING,
    page=Page(
        what="A script calls `kubectl` or `helm` without `--context` (or `--kubeconfig`, or a parameter KUBECONFIG), "
        "or without `--namespace` where the command is about something in a namespace.",
        why="It then acts on whatever the kubeconfig of the person on call points at: last time that was staging.",
        bad="steps:\n  - {id: undo, run: kubectl rollout undo deployment/shop --to-revision=7}",
        good="parameters:\n  KUBE_CONTEXT: {varies: environment}\nsteps:\n  - id: undo\n    run: kubectl --context "
        '"$KUBE_CONTEXT" -n shop rollout undo deployment/shop --to-revision=7',
    ),
)
def without_target(subject: Subject) -> Iterator[Finding]:
    """Look at every call but those inside of a container or on another machine."""
    parameters = frozenset(subject.plan.parameters or ())
    for placed in subject.scripts:
        for command in placed.script.calls(("kubectl", "helm", "oc")):
            lacks = missing(command, placed.script, parameters | exported(placed))
            if lacks:
                word = command.words[0]
                message = f"'{command.program}' is called without {' and without '.join(lacks)}."
                hint = "Name both in the command; make what differs between environments a parameter."
                yield subject.in_script(placed, message, hint, span=(word.start, word.end))
