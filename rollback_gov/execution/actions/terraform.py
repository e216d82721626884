"""``terraform``: plan the previous configuration, show the plan, agree, apply it, and prove that nothing is left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.execution.actions.gate import decide
from rollback_gov.execution.arguments import Unanswered, complaint, refused, value_of
from rollback_gov.execution.configuration import Configuration, export
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.programs import Programs
from rollback_gov.execution.repository import Repository
from rollback_gov.execution.saving import digest_of
from rollback_gov.execution.task import Settlement, Task
from rollback_gov.execution.terraform import TerraformCommands
from rollback_gov.model.action import Gate, Terraform
from rollback_gov.model.duration import Duration

_FOREIGN = re.compile(r"TF_(CLI_ARGS.*|WORKSPACE|DATA_DIR|INPUT)")
"""A person's own settings that would change what the plan says."""
_SUMMARY = re.compile(r"^Plan: (.+)\.$", re.M)
_LOCK = re.compile(r"\b(ID|Operation|Who|Created):\s+(.+?)\s*$", re.M)


def environment(context: Context, task: Task) -> dict[str, str]:
    """Give the variables that terraform runs with; values of its own variables go here, where only we can see them."""
    wish: Terraform = task.step.payload
    variables = {
        f"TF_VAR_{name}": context.parameters[value.parameter] if value.parameter else value.text
        for name, value in (wish.variables or {}).items()
    }
    kept = {name: value for name, value in context.variables(task.step.env).items() if not _FOREIGN.fullmatch(name)}
    return {**kept, **variables, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def perform(context: Context, task: Task) -> Outcome:
    """Take the infrastructure back to the pinned configuration."""
    env = environment(context, task)
    programs = Programs(context=context, task=task, env=env, folder=context.plan_folder, deadline=task.deadline)
    try:
        return _Rollback(programs, task.step.payload, TerraformCommands()).run()
    except Unanswered as reason:
        return reason.outcome


def settle(_context: Context, _task: Task) -> Settlement:
    """Plan again, whatever became of the attempt: a fresh plan that is empty says that it was done."""
    return "run_again"


@dataclass(slots=True)
class _Rollback:
    programs: Programs
    wish: Terraform
    commands: TerraformCommands

    def run(self) -> Outcome:
        """Go through it; a step that cannot be gone raises Unanswered."""
        task, context = self.programs.task, self.programs.context
        commit, configuration = self._fetch()
        self.programs.folder = configuration.folder
        self._check_files(configuration)
        configuration.join(self.programs, self.wish, self.commands)
        plan = task.state / "rollback.plan"
        if not self._compare("plan", out=plan):
            said = f"Nothing to do: the configuration of {commit} is live."
            context.console.say(f"    {said}")
            return Outcome(exit=0, stdout=said, detail=said)
        self._agree(commit, plan)
        applied = self.programs.run("apply", self.commands.apply(plan, lock_seconds=self._lock_seconds))
        if applied.exit != 0:
            raise Unanswered(_failed(applied))
        if self._compare("proof", out=None):
            detail = f"It was applied, and terraform still finds differences from the configuration of {commit}."
            raise Unanswered(Outcome(ending=Ending.ERROR, detail=detail))
        return Outcome(exit=0, stdout=applied.stdout, detail=f"the configuration of {commit} is live")

    def _fetch(self) -> tuple[str, Configuration]:
        context = self.programs.context
        repository = Repository(context, context.plan_folder / self.wish.directory)
        known = self.programs.task.recall("step.resolved")
        commit = str(known["commit"]) if known else ""
        commit = commit or repository.pinned(value_of(self.wish.configuration, context.parameters))
        return commit, export(self.programs, repository, commit)

    def _check_files(self, configuration: Configuration) -> None:
        for name in self.wish.var_files:
            if not (configuration.folder / name).is_file():
                raise refused(f"The previous configuration has no file {name}; commit it, or use `variables`.")

    @property
    def _lock_seconds(self) -> int:
        """Whoever has the state may be about to end; half of the step's time is not for waiting."""
        left = self.programs.task.left(self.programs.context.clock)
        return int(min(10, left / 6))

    def _compare(self, name: str, *, out: Path | None) -> bool:
        """Plan, and say whether anything is to be done."""
        argv = self.commands.plan(
            out=out, targets=self.wish.targets, var_files=self.wish.var_files, lock_seconds=self._lock_seconds
        )
        outcome = self.programs.run(name, argv, quiet=True)
        if outcome.exit not in (0, 2):
            self.programs.show(outcome)
            raise Unanswered(_failed(outcome))
        return outcome.exit == 2

    def _agree(self, commit: str, plan: Path) -> None:
        """Show the saved plan, write down what it is, and ask whether it may be applied."""
        task, context = self.programs.task, self.programs.context
        shown = self.programs.run("show", self.commands.show(plan))
        if shown.exit != 0:
            raise Unanswered(complaint("terraform", shown))
        digest = digest_of(task.state / "show" / "stdout")
        summary = _SUMMARY.search(shown.stdout)
        changes = summary[1] if summary else "changes, as shown"
        found = {"commit": commit, "plan_sha256": digest, "changes": changes}
        task.record("step.resolved", {"step": task.path, "attempt": task.attempt, **found})
        if self.wish.approval == "none":
            return
        began = context.clock.monotonic()
        gate = Gate(ask=f"Apply this plan ({changes})?", deadline=Duration.of_seconds(task.left(context.clock)))
        outcome = decide(context, task, gate, subject=digest)
        if outcome.ending is not Ending.DONE:
            raise Unanswered(outcome)
        if self.programs.deadline is not None:  # a person's time is not terraform's
            self.programs.deadline += context.clock.monotonic() - began


def _failed(outcome: Outcome) -> Outcome:
    """Say who has the state where that is the trouble, else what terraform said last."""
    if "Error acquiring the state lock" not in outcome.stderr:
        errors = re.findall(r"Error: (.+)", outcome.stderr)
        said = errors[0].strip() if errors else f"exit code {outcome.exit}"
        return Outcome(ending=Ending.ERROR, detail=f"terraform: {said}")
    lock = dict(_LOCK.findall(outcome.stderr))
    who = f"{lock.get('Who', 'somebody')} since {lock.get('Created', 'an unknown time')}"
    detail = (
        f"The state is locked by {who} ({lock.get('Operation', 'unknown operation')}). Wait for it; if nothing of it "
        f"runs any more: terraform force-unlock {lock.get('ID', 'LOCK_ID')}"
    )
    return Outcome(ending=Ending.ERROR, detail=detail)
