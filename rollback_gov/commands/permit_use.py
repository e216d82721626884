"""Where the single use of a permit is taken: at the repository's remote, and beside the plan."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from rollback_gov.commands.repository import main_remote, remotes
from rollback_gov.model.errors import Refused
from rollback_gov.model.record import Record
from rollback_gov.records.claim import claim
from rollback_gov.records.times import stamp


class Use(Record):
    """Who takes the use of a record (its identity), when, and where that is written down.

    ``local``: beside the plan only, for deployments from one machine.
    """

    folder: Path
    root: Path
    sha256: str
    person: str
    now: datetime
    environ: Mapping[str, str]
    local: bool = False


def take(use: Use) -> str:
    """Take a use. Gives the empty string on success, else who took it before. Raises Refused: it is not given.

    What stands beside the plan is for those who verify offline. Where there is a remote, that decides.
    """
    known = remotes(use.root)
    if use.local or not known:
        return _take_here(use)
    remote = main_remote(known)
    if not remote:
        raise Refused(
            f"The permit's use is not given: this repository has the remotes {', '.join(sorted(known))}, and none of "
            f"them is called origin.",
            hint="Name the one at which all machines take it: git remote rename NAME origin",
        )
    from rollback_gov.git import Git
    from rollback_gov.records.remote_claim import claim_at_remote

    git = Git(use.root, use.environ)
    if before := claim_at_remote(git, remote, use.sha256, by=use.person, at=stamp(use.now)):
        return before
    with suppress(OSError):
        claim(use.folder, use.sha256, by=use.person, at=stamp(use.now))
    return ""


def _take_here(use: Use) -> str:
    try:
        return claim(use.folder, use.sha256, by=use.person, at=stamp(use.now))
    except OSError as error:
        message = f"The permit's use cannot be written down, so it is not given: {error.strerror}."
        raise Refused(message, hint="See that the folder permits/claims beside the plan can be written.") from error
