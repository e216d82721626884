from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from rollback_gov.execution.task import action_module
from rollback_gov.model.action import ACTIONS
from rollback_gov.model.errors import UsageError
from tests.execution.conftest import Stage


@pytest.mark.parametrize(
    "name", ["run", "http", "query", "kubernetes", "terraform", "git", "wait", "gate", "manual", "notify"]
)
def test_every_action_is_a_module_of_its_own(name: str) -> None:
    module = action_module(name)
    assert isinstance(module.perform, Callable)  # type: ignore[arg-type]
    assert name in ACTIONS


@pytest.mark.parametrize("name", ["run", "http", "kubernetes", "terraform", "git"])
def test_what_changes_the_outside_is_never_repeated_without_a_word(name: str) -> None:
    assert not getattr(action_module(name), "SAFE_TO_REPEAT", False)


def test_an_action_that_this_version_cannot_execute() -> None:
    with pytest.raises(UsageError, match="validates `teleport` steps and cannot execute them") as unknown:
        action_module("teleport")
    assert "Write the step as `run`" in unknown.value.hint


def test_a_library_that_an_action_misses_is_another_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "rollback_gov.execution.actions.http", raising=False)
    monkeypatch.setitem(sys.modules, "rollback_gov.execution.request", None)
    with pytest.raises(ModuleNotFoundError, match="request"):
        action_module("http")


def test_a_disk_that_takes_nothing_fails_the_step_and_not_the_run(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_context: object, _task: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/state")

    monkeypatch.setattr(action_module("git"), "perform", full)
    git = "{id: a, git: {directory: ., checkout: v1}, on_failure: continue}"
    run = stage(f"phases: [{{id: one, steps: [{git}, {{id: b, wait: 1ms}}]}}]")
    assert run.run().result == "passed"
    assert run.results() == {"phases/one/a": "failed", "phases/one/b": "passed"}
    detail = "It could not be carried out: No space left on device: /srv/state."
    assert run.of("step.finished")[0]["detail"] == detail
