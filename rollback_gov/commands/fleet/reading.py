"""One repository: whether it is what it was, and what of it is to be kept.

One that GitHub has listed is asked for its tree. Of one that a file names nobody has said whether it was archived, so
it is asked for itself: that says, too, when something was pushed, and only then the tree is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from rollback_gov.commands.fleet.basket import Basket
from rollback_gov.commands.fleet.snapshot import Kind, Outcome, Snapshot
from rollback_gov.commands.fleet.taking import take_all
from rollback_gov.commands.fleet.targets import Target
from rollback_gov.github.fleet.asking import Asking, Reply, Unreadable
from rollback_gov.github.fleet.repositories import Listed, by_name
from rollback_gov.github.fleet.tree import is_recursive, listing, read_tree, tree_sha
from rollback_gov.model.errors import RollbackGovError

_KINDS: dict[int, Kind] = {
    HTTPStatus.NOT_FOUND: "missing",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "forbidden",
}
Read = tuple[Outcome, Snapshot | None]
"""What became of it, and what is to be kept where that is new."""


def read_repository(asking: Asking, target: Target, before: Snapshot | None, *, settled: str = "") -> Read:
    """Read a repository; one that has not changed costs one conditional request. Raises ScanEnded.

    ``settled``: what was pushed before that time, UTC, is there for everybody who asks for it.
    """
    if target.closed:
        return Outcome(asked=target.name, kind=target.closed, name=target.name), None
    try:
        if target.is_listed:
            return _read(asking, target, before)
        return _named(asking, target, before, settled)
    except Unreadable as error:
        kind = _KINDS.get(error.status, "failed")
        return Outcome(asked=target.name, kind=kind, reason=str(error)), None
    except RollbackGovError:
        raise
    except Exception as error:  # a defect, and one of one repository only: it must not end the scan of all others
        reason = f"reading it ran into a defect of rollback-gov ({type(error).__name__})"
        return Outcome(asked=target.name, kind="failed", reason=reason), None


def _read(asking: Asking, target: Target, before: Snapshot | None) -> Read:
    name = before.repository if before else target.name
    try:
        reply = listing(asking, name, etag=before.etag if before else "")
    except Unreadable as error:
        if error.status == HTTPStatus.CONFLICT:
            return _empty(target, name)
        raise
    if before and (reply.is_unchanged or tree_sha(reply) == before.tree):
        return _known(target, before), _with_tag(before, reply)
    if is_recursive(reply):
        return _taken(asking, target, name, reply, before)
    return _named(asking, target, None, "", known=before)


def _named(
    asking: Asking, target: Target, before: Snapshot | None, settled: str, *, known: Snapshot | None = None
) -> Read:
    """Ask for its name of today first: who moved away is still found under the old one."""
    told = _about(asking, target, before)
    if before and told is None:
        return _known(target, before), None
    assert told is not None
    if told.closed:
        return Outcome(asked=target.name, kind=told.closed, name=told.name), None
    pushed = f"{told.branch} {told.pushed}" if told.pushed and told.pushed < settled else ""
    if before and pushed and pushed == before.pushed:
        after = replace(before, repository=told.name, about=told.etag)
        return _known(target, after), after
    outcome, after = _looked_into(asking, target, told.name, before, known)
    return outcome, replace(after, repository=told.name, about=told.etag if pushed else "", pushed=pushed)


def _about(asking: Asking, target: Target, before: Snapshot | None) -> Listed | None:
    """Ask for the repository itself, first as it was called; None: nothing about it has changed."""
    if before is None:
        return by_name(asking, target.name)
    try:
        return by_name(asking, before.repository, etag=before.about)
    except Unreadable as error:
        if error.status != HTTPStatus.NOT_FOUND or before.repository == target.name:
            raise
        return by_name(asking, target.name)


def _looked_into(
    asking: Asking, target: Target, name: str, before: Snapshot | None, known: Snapshot | None
) -> tuple[Outcome, Snapshot]:
    """Ask for the tree, and read what is new in it."""
    try:
        reply = listing(asking, name, etag=before.etag if before else "")
    except Unreadable as error:
        if error.status == HTTPStatus.CONFLICT:
            return _empty(target, name)
        raise
    if before and (reply.is_unchanged or tree_sha(reply) == before.tree):
        return _known(target, replace(before, repository=name)), _with_tag(before, reply) or before
    return _taken(asking, target, name, reply, before or known)


def _taken(
    asking: Asking, target: Target, name: str, reply: Reply, before: Snapshot | None
) -> tuple[Outcome, Snapshot]:
    tree = read_tree(asking, name, reply)
    basket = Basket(asking, name, tree, before)
    plans = take_all(basket, tree)
    snapshot = Snapshot(
        repository=name,
        tree=tree.sha,
        etag=reply.etag,
        files=basket.files,
        plans=plans,
        left_out=tuple(basket.left_out)[:50],
    )
    return _known(target, snapshot), snapshot


def _empty(target: Target, name: str) -> tuple[Outcome, Snapshot]:
    return Outcome(asked=target.name, kind="empty", name=name), Snapshot(repository=name, files={})


def _known(target: Target, snapshot: Snapshot) -> Outcome:
    return Outcome(asked=target.name, kind="read" if snapshot.tree else "empty", name=snapshot.repository)


def _with_tag(before: Snapshot, reply: Reply) -> Snapshot | None:
    """Give what is to be kept where nothing but the tag is new: it depends on the token, too."""
    return None if reply.is_unchanged else replace(before, etag=reply.etag)
