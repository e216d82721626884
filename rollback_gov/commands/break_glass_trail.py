"""The break-glasses of a repository as its audit log tells of them, beside those whose files are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.records.break_glass import BreakGlasses, read_break_glasses
from rollback_gov.records.break_glass_trail import PREFIX, Told, lost, told, without_review
from rollback_gov.records.trust import Keyring


class Gone(NamedTuple):
    """What the log tells of, and the repository does not have: a sentence, and the identity of the break-glass."""

    sha256: str
    message: str


def known(trail: Trail) -> tuple[Told, ...]:
    """Give every break-glass of which the log tells, as this clone saw it last. Raises LogError, RecordError."""
    return told(trail.about(PREFIX))


def missing(trail: Trail, glasses: BreakGlasses) -> tuple[tuple[Told, ...], str]:
    """Give those that wait for a review and have no file here, as ``lost`` does, and why the log cannot tell, if so."""
    try:
        return lost(known(trail), glasses), ""
    except RollbackGovError as error:
        return (), str(error)


def gone(trail: Trail, workspace: Workspace) -> Iterator[Gone]:
    """Give what was removed or changed since it was written down: break-glasses that wait for a review, and reviews."""
    glasses = read_break_glasses(workspace.root, Keyring(workspace.trust))
    everything = known(trail)
    for one in lost(everything, glasses):
        yield Gone(
            one.sha256,
            f"The break-glass {one.sha256[:12]} of {one.operation}, opened by {one.asked_by} at {one.opened}, is not "
            f"in the repository: its file was removed, changed or never committed, and nobody has reviewed it.",
        )
    for one, glass in without_review(everything, glasses):
        yield Gone(
            one.sha256,
            f"The review of {glass.file} by {one.reviewed_by} is not in the repository: "
            f"its file was removed, changed or never committed.",
        )
