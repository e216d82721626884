"""Revisions of a Kubernetes workload, as kubectl tells them: which there are, and what each of them runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from rollback_gov.execution.arguments import answered
from rollback_gov.execution.bash import ask_program
from rollback_gov.execution.context import Context
from rollback_gov.execution.kubectl import ENVIRONMENT, question
from rollback_gov.model.action import Kubernetes

_REVISION = re.compile(r"^(\d+)\s", re.M)
_HASH = re.compile(r"pod-template-hash=\S+")
"""The cluster's own mark of a revision, not a part of what runs."""
_NUMBERS = (
    '{range .items[*]}{.metadata.ownerReferences[0].name}{"\\t"}'
    '{.metadata.annotations.deployment\\.kubernetes\\.io/revision}{"\\t"}'
    '{.metadata.annotations.deployment\\.kubernetes\\.io/revision-history}{"\\n"}{end}'
)
"""Of each replica set: whose it is, its revision, and those that it had before."""
_RESTARTED = r"{.spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt}"
SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Rollouts:
    """The workload of one step. Questions change nothing; each raises Unanswered when kubectl fails."""

    context: Context
    wish: Kubernetes

    def revisions(self) -> list[int]:
        """Give the revisions that can be gone back to, oldest first; the last one is live."""
        return sorted(int(number) for number in _REVISION.findall(self.ask("rollout", "history", self.wish.target)))

    def template(self, revision: int) -> str:
        """Give the sha256 of the pod template of a revision: numbers change when one is used again, this does not."""
        told = self.ask("rollout", "history", self.wish.target, f"--revision={revision}")
        return sha256(_HASH.sub("", told.partition("\n")[2]).strip().encode()).hexdigest()

    def numbered(self, template: str, history: list[int]) -> str | None:
        """Give the number that a pod template has now, or None where it is gone."""
        return next((str(number) for number in reversed(history) if self.template(number) == template), None)

    def renumbered(self, revision: int) -> int | None:
        """Give the number that a deployment's revision has now, where it was used again under a newer one."""
        kind, _, name = self.wish.target.partition("/")
        if not kind.lower().startswith("deploy"):
            return None
        for line in self.ask("get", "replicasets", f"--output=jsonpath={_NUMBERS}").splitlines():
            owner, now, before = line.split("\t")
            if owner == name and str(revision) in before.split(","):
                return int(now)
        return None

    def live_template(self) -> str:
        """Give the sha256 of the pod template that the workload has now."""
        return self.template(self.revisions()[-1])

    def restarted_at(self) -> str:
        """Give kubectl's mark of the last restart; empty where there was none."""
        return self.ask("get", self.wish.target, f"--output=jsonpath={_RESTARTED}").strip()

    def ask(self, *words: str) -> str:
        """Give what kubectl answers."""
        argv = question(self.wish, self.context.parameters, *words)
        command = self.context.command(argv, ENVIRONMENT, folder=self.context.plan_folder)
        return answered("kubectl", ask_program(self.context, command, name="kubectl", timeout=SECONDS))
