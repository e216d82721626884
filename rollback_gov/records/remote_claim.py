"""The single use of a permit, taken at the repository's remote: of all machines that try, one makes the ref.

Making a ref that is not there is atomic on every git server. Each claim is a commit of its own, so that two of them are
never the same object, which git would take for nothing to do.
"""

from __future__ import annotations

import json
from secrets import token_hex

from rollback_gov.git import Git, GitError
from rollback_gov.model.errors import Refused
from rollback_gov.records.text import one_line

REFS = "refs/rollback-gov/claims"
_UNKNOWN = "by somebody (the claim cannot be read)"


def claim_at_remote(git: Git, remote: str, sha256: str, *, by: str, at: str) -> str:
    """Take the use of a record (its identity). Gives the empty string on success, else who took it before.

    Raises Refused where the remote cannot be reached: a use that nobody else can see is not given.
    """
    ref = f"{REFS}/{sha256}"
    claim = {"by": by, "at": at, "permit": sha256, "nonce": token_hex(16)}
    ours = ""
    try:
        ours = git.commit(git.ask("mktree"), json.dumps(claim))
        git.run("push", "--quiet", f"--force-with-lease={ref}:", remote, f"{ours}:{ref}")
    except GitError as error:
        theirs = _look(git, remote, ref, str(error))
        return "" if theirs == ours else _by(git, remote, ref, theirs)
    return ""


def _look(git: Git, remote: str, ref: str, said: str) -> str:
    """Give the commit that the ref names. A push whose answer was lost may have been the one that made it."""
    try:
        found = git.ask("ls-remote", remote, ref).split()
    except GitError:
        found = []
    if not found:
        raise _unreachable(remote, said)
    return found[0]


def _by(git: Git, remote: str, ref: str, commit: str) -> str:
    try:
        git.ask("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--depth=1", remote, ref)
        claim = json.loads(git.ask("log", "-1", "--format=%B", commit))
        return one_line(f"by {claim['by']} at {claim['at']}", 200)
    except (GitError, ValueError, KeyError, TypeError, RecursionError):
        return _UNKNOWN


def _unreachable(remote: str, said: str) -> Refused:
    why = said.rstrip(".") or "git says nothing"
    return Refused(
        f"The permit's use could not be taken at {remote}, so it is not given: {why}.",
        hint="See that this machine reaches the remote and may push to it. A gate of a deployment fails closed.",
    )
