"""What a step is told, and what the baseline says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.execution.conftest import Stage

Make = Callable[..., Stage]
BODY = """
baseline: [{id: users, run: echo 5, save: users.txt}]
phases: [{id: one, steps: [{id: a, run: 'true'}]}]
"""


def test_variables_are_inherited_then_parameters_then_ours_then_the_steps(stage: Make) -> None:
    run = stage(BODY, environ={"A": "1", "B": "1", "OPERATION": "x", "ROLLBACK_GOV_KEY": "k", "ENV": "f"})
    run.parameters = {"B": "2", "RUN_ID": "y", "C": "2"}
    context = run.context
    assert context.variables({"C": "3", "STEP": "one/a"}) == {
        "A": "1",
        "B": "2",
        "C": "3",
        "STEP": "one/a",
        "OPERATION": "op-1",
        "ENVIRONMENT": "staging",
        "RUN_ID": "run-1",
        "SCENARIO": "",
        "INCIDENT_DIR": str(run.incident),
        "BASELINE": str(run.folder / "baseline" / "staging"),
    }


def test_messages_go_nowhere_without_channels(stage: Make) -> None:
    from dataclasses import fields

    from rollback_gov.execution.context import Context

    default = next(item.default for item in fields(Context) if item.name == "notify")
    assert callable(default)
    default("event", {})


@pytest.mark.parametrize(("text", "value"), [(b"5\n", "5"), (b"", ""), (b"\xff", "\ufffd"), (b"x" * 5000, "x" * 4096)])
def test_a_baseline_value_is_short_text(stage: Make, text: bytes, value: str) -> None:
    run = stage(BODY)
    folder = run.folder / "baseline" / "staging"
    folder.mkdir(parents=True)
    (folder / "users.txt").write_bytes(text)
    assert run.context.baseline_value("users") == value


def test_a_baseline_that_is_not_there_has_no_value(stage: Make, tmp_path: Path) -> None:
    context = stage(BODY).context
    assert context.baseline_value("users") is None
    assert context.baseline_value("nonsense") is None
