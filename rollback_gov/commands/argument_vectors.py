"""What a ``kubernetes``, ``terraform`` or ``git`` step would run, as a dry run prints it. Nothing is asked or run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from rollback_gov.execution.arguments import value_of
from rollback_gov.model.action import Git, Kubernetes, Terraform
from rollback_gov.model.step import Step


def argument_vectors(step: Step, values: Mapping[str, str], *, seconds: float) -> Iterator[str]:
    """Give a line a program, with the names of what is put into its environment. What is found out only then stands in
    angle brackets.
    """
    yield from _WRITERS[step.action](step, values, seconds)


def _kubernetes(step: Step, values: Mapping[str, str], seconds: float) -> Iterator[str]:
    from rollback_gov.execution.kubectl import ENVIRONMENT, arguments, question

    wish: Kubernetes = step.payload
    revision = ""
    if wish.verb == "rollout_undo":
        yield _line(question(wish, values, "rollout", "history", wish.target), ENVIRONMENT)
        to = wish.to_revision
        named = "the one before the live one" if to is None else to.value or f"what the baseline {to.baseline} says"
        revision = str(named) if to is not None and to.value else f"<{named}>"
    yield _line(arguments(wish, values, seconds=seconds, revision=revision), ENVIRONMENT)


def _terraform(step: Step, values: Mapping[str, str], seconds: float) -> Iterator[str]:
    from rollback_gov.execution.terraform import TerraformCommands

    wish: Terraform = step.payload
    commands, plan, lock = TerraformCommands(), Path("rollback.plan"), int(min(10, seconds / 6))
    variables = {name: values[to.parameter] if to.parameter else to.text for name, to in (wish.variables or {}).items()}
    env = {"TF_IN_AUTOMATION": "1"} | {f"TF_VAR_{name}": value for name, value in variables.items()}
    commit = f"<full id of {value_of(wish.configuration, values)}>"
    yield _line(("git", "read-tree", commit))
    yield _line(("git", "checkout-index", "--all", "--prefix=<private folder>/"))
    yield f"in <private folder>, with the state of {wish.directory}:"
    yield _line(commands.init([value_of(setting, values) for setting in wish.backend_config]), env)
    if workspace := value_of(wish.workspace, values):
        yield _line(commands.select_workspace(workspace), env)
    compare = partial(commands.plan, targets=wish.targets, var_files=wish.var_files, lock_seconds=lock)
    yield _line(compare(out=plan), env)
    yield _line(commands.show(plan), env)
    if wish.approval == "gate":
        yield "a person agrees to the plan that was shown"
    yield _line(commands.apply(plan, lock_seconds=lock), env)
    yield _line(compare(out=None), env)


def _git(step: Step, values: Mapping[str, str], _seconds: float) -> Iterator[str]:
    from rollback_gov.execution.actions.git import arguments

    wish: Git = step.payload
    commit = f"<full id of {value_of(wish.checkout or wish.revert, values)}>"
    yield f"in {wish.directory}:"
    yield _line(("git", "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames"))
    yield _line(arguments(wish, commit))


_WRITERS: Mapping[str, Callable[[Step, Mapping[str, str], float], Iterator[str]]] = {
    "kubernetes": _kubernetes,
    "terraform": _terraform,
    "git": _git,
}
PROGRAMS = frozenset(_WRITERS)
"""Actions that run programs."""


def _line(argv: tuple[str, ...], env: Mapping[str, str] | None = None) -> str:
    """Write it as one could paste it into a shell; no shell ever reads it here."""
    named = [f"{name}={shlex.quote(value)}" for name, value in (env or {}).items()]
    return " ".join([*named, shlex.join(argv)])
