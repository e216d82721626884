"""The way back is never closed by what closes the way out; the report names each formality that was missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loop.conftest import Repository
from tests.loop.forging import forge, forge_permit, statement_of
from tests.loop.test_gate import ago, rebind
from tests.loop.test_loop import change


def expired_permit(repository: Repository) -> None:
    forge_permit(repository, issued=ago(days=3), not_before=ago(days=3), expires=ago(days=1))


def stale_rehearsal(repository: Repository) -> None:
    for file in repository.folder.glob("evidence/*.dsse.json"):
        statement = statement_of(file)
        statement["predicate"]["finished"] = ago(days=40)
        forge(repository, file, statement, key="runner")
    rebind(repository)


def lost_rehearsal(repository: Repository) -> None:
    for file in repository.folder.glob("evidence/*.dsse.json"):
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (expired_permit, "expired"),
        (stale_rehearsal, "too long ago"),
        (lost_rehearsal, "rehearsal"),
    ],
)
def test_a_rollback_goes_on_and_its_report_says_which_formality_was_missing(
    issued: Repository, spoil: Callable[[Repository], None], named: str
) -> None:
    service = change(issued)
    spoil(issued)
    issued.verify(ends=1)  # the way out is closed
    said = issued.gov("execute", str(issued.plan), "-e", "production", "--reason", "errors", "--yes")
    assert (service / "version").read_text() == "1\n"
    assert "WARNING: there is no valid permit; the rollback goes on" in said
    report = next(Path("incidents").glob("*execute/incident_report.md")).read_text()
    assert named in said
    assert named in report
    assert "overrode `permit`" in report
