"""One repository: whether it is what it was, and what of it is to be kept."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from rollback_gov.commands.fleet.basket import Basket
from rollback_gov.commands.fleet.snapshot import Kind, Outcome, Snapshot
from rollback_gov.commands.fleet.taking import take_all
from rollback_gov.commands.fleet.targets import Target
from rollback_gov.github.fleet.asking import Asking, Reply, Unreadable
from rollback_gov.github.fleet.repositories import by_name
from rollback_gov.github.fleet.tree import is_recursive, listing, read_tree, tree_sha
from rollback_gov.model.errors import RollbackGovError

_KINDS: dict[int, Kind] = {
    HTTPStatus.NOT_FOUND: "missing",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "forbidden",
}
Read = tuple[Outcome, Snapshot | None]
"""What became of it, and what is to be kept where that is new."""


def read_repository(asking: Asking, target: Target, before: Snapshot | None) -> Read:
    """Read a repository; one that has not changed costs one conditional request. Raises ScanEnded."""
    if target.closed:
        return Outcome(asked=target.name, kind=target.closed, name=target.name), None
    try:
        return _read(asking, target, before)
    except Unreadable as error:
        kind = _KINDS.get(error.status, "failed")
        return Outcome(asked=target.name, kind=kind, reason=str(error)), None
    except RollbackGovError:
        raise
    except Exception as error:  # a defect, and one of one repository only: it must not end the scan of all others
        reason = f"reading it ran into a defect of rollback-gov ({type(error).__name__})"
        return Outcome(asked=target.name, kind="failed", reason=reason), None


def _read(asking: Asking, target: Target, before: Snapshot | None) -> Read:
    name = before.repository if before else target.name if target.is_listed else ""
    if not name:
        return _identified(asking, target, None)
    try:
        reply = listing(asking, name, etag=before.etag if before else "")
    except Unreadable as error:
        if error.status == HTTPStatus.CONFLICT:
            return _empty(target, name)
        if error.status == HTTPStatus.NOT_FOUND and not target.is_listed:
            return _identified(asking, target, before)
        raise
    if before and (reply.is_unchanged or tree_sha(reply) == before.tree):
        return _known(target, before), _with_tag(before, reply)
    return _taken(asking, target, name, reply, before) if is_recursive(reply) else _identified(asking, target, before)


def _identified(asking: Asking, target: Target, before: Snapshot | None) -> Read:
    """Ask for its name of today first: who moved away is still found under the old one."""
    listed = by_name(asking, target.name)
    if listed.closed:
        return Outcome(asked=target.name, kind=listed.closed, name=listed.name), None
    try:
        reply = listing(asking, listed.name)
    except Unreadable as error:
        if error.status == HTTPStatus.CONFLICT:
            return _empty(target, listed.name)
        raise
    return _taken(asking, target, listed.name, reply, before)


def _taken(asking: Asking, target: Target, name: str, reply: Reply, before: Snapshot | None) -> Read:
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


def _empty(target: Target, name: str) -> Read:
    return Outcome(asked=target.name, kind="empty", name=name), Snapshot(repository=name, files={})


def _known(target: Target, snapshot: Snapshot) -> Outcome:
    return Outcome(asked=target.name, kind="read", name=snapshot.repository)


def _with_tag(before: Snapshot, reply: Reply) -> Snapshot | None:
    """Give what is to be kept where nothing but the tag is new: it depends on the token, too."""
    return None if reply.is_unchanged else replace(before, etag=reply.etag)
