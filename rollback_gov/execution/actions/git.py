"""``git``: a clean work tree goes to a pinned commit, or a pinned commit is undone by a new one; never twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rollback_gov.execution.arguments import Unanswered, refused, value_of
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.programs import Programs
from rollback_gov.execution.repository import Repository, git_environment
from rollback_gov.execution.reverts import LOG_FORMAT, PHRASE, is_reverted
from rollback_gov.execution.stop import Stop
from rollback_gov.execution.task import Settlement, Task
from rollback_gov.model.action import Git

_SHOWN = 10


def arguments(wish: Git, commit: str) -> tuple[str, ...]:
    """Give the arguments that change something. ``commit`` is a full id."""
    if wish.checkout:
        return "git", "-c", "advice.detachedHead=false", "checkout", "--detach", commit
    mainline = (f"--mainline={wish.mainline}",) if wish.mainline else ()
    return "git", "revert", "--no-edit", *mainline, commit


def perform(context: Context, task: Task) -> Outcome:
    """Check everything first, write down what was found, and change the work tree by one command."""
    try:
        return _Way(context, task, _repository(context, task)).go()
    except Unanswered as reason:
        return reason.outcome


def settle(context: Context, task: Task) -> Settlement:
    """Say what became of an attempt by what is checked out; a revert that was cut off is abandoned first."""
    target = task.recall("step.resolved")
    if not target:
        return "run_again"
    way = _Way(context, task, _repository(context, task))
    try:
        way.abandon_revert(target["head"], is_ours=False)
        if way.changed_files():
            return "unknown"
        return "done" if way.is_done(target["commit"]) else "run_again"
    except Unanswered:
        return "unknown"


def _repository(context: Context, task: Task) -> Repository:
    wish: Git = task.step.payload
    return Repository(context, context.plan_folder / wish.directory)


@dataclass(frozen=True, slots=True)
class _Way:
    context: Context
    task: Task
    repository: Repository

    @property
    def wish(self) -> Git:
        wish: Git = self.task.step.payload
        return wish

    def go(self) -> Outcome:
        """Go there. Raises Unanswered for whatever speaks against it."""
        known = self.task.recall("step.resolved")
        name = value_of(self.wish.checkout or self.wish.revert, self.context.parameters)
        commit = str(known["commit"]) if known else self.repository.pinned(name)
        changed = self.changed_files()
        if changed:
            more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
            files = ", ".join(changed[:_SHOWN]) + more
            raise refused(f"The work tree {self.repository.folder} has changes: {files}. Commit them or put them away.")
        if self.is_done(commit):
            said = f"Nothing to do: {commit} is {'checked out' if self.wish.checkout else 'reverted'} already."
            self.context.console.say(f"    {said}")
            return Outcome(exit=0, stdout=said, detail=said)
        if self.wish.revert:
            self._check_revert(commit)
        else:
            self._warn(commit)
        head = self.repository.find("HEAD")
        found = {"commit": commit, "head": head}
        self.task.record("step.resolved", {"step": self.task.path, "attempt": self.task.attempt, **found})
        return self._change(commit, head)

    def changed_files(self) -> list[str]:
        """Name the files that differ from the commit. Untracked ones do not count: a checkout never overwrites them."""
        status = self.repository.ask("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames")
        return [entry[3:] for entry in status.split("\0") if entry]

    def is_done(self, commit: str) -> bool:
        """Tell whether the work tree is there, or the commit undone."""
        if self.wish.checkout:
            return self.repository.find("HEAD") == commit
        only = ("--fixed-strings", f"--grep={PHRASE}")  # a long history would not fit into what is captured
        log = self.repository.ask("log", *only, f"--format={LOG_FORMAT}", f"{commit}..HEAD")
        return is_reverted(commit, log)

    def abandon_revert(self, head: str, *, is_ours: bool) -> list[str]:
        """End a revert that is half done, also when the run is to stop; name the files that were in conflict.

        ``is_ours``: the work tree was clean a moment ago, so whatever is staged is of this revert. Otherwise only git's
        own mark of a revert says so: nobody else's work is reset.
        """
        repository = replace(self.repository, context=replace(self.context, stop=Stop()))
        if self.wish.checkout or repository.find("HEAD") != head:
            return []
        conflicts = repository.ask("diff", "--name-only", "-z", "--diff-filter=U")
        if is_ours or repository.find("REVERT_HEAD"):
            repository.ask("reset", "--quiet", "--merge", head)
        return [name for name in conflicts.split("\0") if name]

    def _check_revert(self, commit: str) -> None:
        parents = len(self.repository.ask("rev-list", "--parents", "--max-count=1", commit).split()) - 1
        mainline = self.wish.mainline or 0
        if parents > 1 and not 1 <= mainline <= parents:
            raise refused(
                f"{commit} is a merge of {parents}: say with `mainline` which parent is kept (1 to {parents})."
            )
        if parents <= 1 and mainline:
            raise refused(f"{commit} is no merge: `mainline` has no meaning for it.")
        if self.repository.try_ask("merge-base", "--is-ancestor", commit, "HEAD").exit:
            raise refused(f"{commit} is no part of what is checked out in {self.repository.folder}: nothing to revert.")

    def _warn(self, commit: str) -> None:
        """A plan may lie in the repository that it moves."""
        place = str(self.context.plan_folder)
        if self.repository.try_ask("diff", "--quiet", "HEAD", commit, "--", place).exit == 1:
            message = f"the checkout of {commit} changes files beside the plan; later steps run those of that commit"
            self.task.record("warning", {"message": f"{self.task.path}: {message}"})

    def _change(self, commit: str, head: str) -> Outcome:
        env = git_environment(self.context.variables(self.task.step.env))
        folder, deadline = self.repository.folder, self.task.deadline
        programs = Programs(context=self.context, task=self.task, env=env, folder=folder, deadline=deadline)
        try:
            outcome = programs.run("git", arguments(self.wish, commit))
        except Unanswered:
            self.abandon_revert(head, is_ours=True)
            raise
        if outcome.exit == 0 and self.is_done(commit):
            return replace(outcome, detail=f"{commit} is {'checked out' if self.wish.checkout else 'reverted'}")
        conflicts = self.abandon_revert(head, is_ours=True)
        because = f"conflicts in {', '.join(conflicts)}" if conflicts else _said(outcome)
        undone = "; the revert was abandoned, the work tree is as before" if self.wish.revert else ""
        return Outcome(ending=Ending.ERROR, detail=f"git: {because}{undone}.")


def _said(outcome: Outcome) -> str:
    """Git's first complaint; its last lines are advice."""
    lines = [line.strip() for line in (outcome.stderr + outcome.stdout).splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (complaints or lines or [f"exit code {outcome.exit}"])[0].rstrip(".")
