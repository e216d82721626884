"""What a process says that goes on with the run of another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.room import Room, wait_for

STEPS = """\
phases:
  - id: back
    steps:
      - {id: first, run: 'FIRST', timeout: 20s}
      - {id: second, run: 'touch begun; until test -e go; do sleep 0.02; done', timeout: 20s}
verification: {checks: [{id: ok, run: "true"}]}
"""


@pytest.mark.parametrize(
    ("first", "warns"), [("echo ::add-mask::tok-12345; echo tok-12345", True), ("echo masks: add-mask", False)]
)
def test_secrets_that_were_taught_to_a_dead_process_are_said_to_be_forgotten(
    tmp_path: Path, first: str, warns: bool
) -> None:
    room = Room(tmp_path, STEPS.replace("FIRST", first))
    process = room.process(*room.execute())
    wait_for((room.plan.parent / "begun").exists)
    process.kill()
    process.communicate()
    (room.plan.parent / "go").touch()

    code, out, err = room.gov("resume", "latest", "--yes")
    assert (code, err) == (0, ""), out
    warning = "the secrets that steps have taught by ::add-mask:: (phases.back.first.1.out) died with their\n"
    assert (warning in out) is warns
    kept = (room.incident / "outputs" / "phases.back.first.1.out").read_text()
    assert "tok-12345" not in kept
