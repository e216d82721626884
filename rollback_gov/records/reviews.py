"""Approvals that were given as reviews of a pull request: which count, decided from facts alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, get_args

from rollback_gov.model.evidence import Digests
from rollback_gov.model.record import Record
from rollback_gov.records.exclusion import Excluded, RejectedError, Rejection
from rollback_gov.records.trust import folded

WRITERS = frozenset({"write", "maintain", "admin"})
"""Any reader can approve; only who may change the code says yes to it."""
_DECISIVE = frozenset({"approved", "changes_requested", "dismissed"})
State = Literal["approved", "changes_requested", "dismissed", "commented", "pending"]
STATES: tuple[State, ...] = get_args(State)
DigestsAt = Callable[[str], Digests | None]
"""Gives the plan's digests at a commit; None where the plan is not there, or nobody can tell."""


class Review(Record):
    """One review as the forge tells it. ``commit`` is what was reviewed, empty where it is not known."""

    login: str
    user_id: int
    state: State
    commit: str
    at: str
    permission: str
    is_bot: bool = False
    roles: tuple[str, ...] = ()
    """Of the organisation, as policy names them."""


class ReviewedChange(Record):
    """A pull request: its number, who had a hand in it, and its reviews in the order in which they were given.

    ``files`` are those that it changes, from the repository's root, by their names before and after.
    """

    number: int
    excluded: Excluded
    reviews: tuple[Review, ...]
    files: frozenset[str] = frozenset()
    workflow_run: int = 0
    """The run of a workflow that was approved for an environment, in the place of a pull request."""


class CountedReview(Record):
    """A review that counts as an approval."""

    login: str
    id: int
    role: str
    commit: str
    at: str
    pull_request: int
    workflow_run: int = 0


class RejectedReview(Record):
    """A review that does not, with the reason."""

    login: str
    code: Rejection
    reason: str


class Reviewed(Record):
    """What became of the reviews."""

    valid: tuple[CountedReview, ...] = ()
    rejected: tuple[RejectedReview, ...] = ()

    def and_also(self, other: Reviewed) -> Reviewed:
        """Join what was found in two places. Who says no in one of them has not said yes in the other."""
        rejected = (*self.rejected, *other.rejected)
        against = {folded(one.login) for one in rejected if one.code is Rejection.WITHDRAWN}
        valid = (one for one in (*self.valid, *other.valid) if folded(one.login) not in against)
        return Reviewed(valid=tuple(valid), rejected=rejected)


def decide(
    change: ReviewedChange, today: Digests, digests_at: DigestsAt, *, roles: frozenset[str] = frozenset()
) -> Reviewed:
    """Say which reviews count: of each person the latest that decides, for exactly the plan of today.

    What counts is the digests at the commit that was reviewed, not the head: a push that leaves the plan as it was
    takes nothing away, and one that changes it voids the review, whatever the forge says. ``roles``: the reviewer has
    one of them.
    """
    valid, rejected = [], []
    for review in latest(change.reviews):
        try:
            role = _check(review, change.excluded, roles)
            _check_plan(review, today, digests_at)
        except RejectedError as error:
            rejected.append(RejectedReview(login=review.login, code=error.code, reason=str(error)))
        else:
            valid.append(
                CountedReview(
                    login=review.login,
                    id=review.user_id,
                    role=role,
                    commit=review.commit,
                    at=review.at,
                    pull_request=change.number,
                    workflow_run=change.workflow_run,
                )
            )
    return Reviewed(valid=tuple(valid), rejected=tuple(rejected))


def latest(reviews: tuple[Review, ...]) -> Iterator[Review]:
    """Give the last decisive review of each person; a comment decides nothing. People are told apart by their id."""
    last = {review.user_id: review for review in reviews if review.state in _DECISIVE}
    yield from last.values()


def _check(review: Review, excluded: Excluded, roles: frozenset[str]) -> str:
    """Give the role in which somebody reviewed. Raises RejectedError."""
    if review.is_bot:
        raise RejectedError(Rejection.BOT, f"{review.login} is a bot; people approve.")
    if review.state != "approved":
        said = "asks for changes" if review.state == "changes_requested" else "gave an approval that was dismissed"
        raise RejectedError(Rejection.WITHDRAWN, f"{review.login} {said}.")
    excluded.check(review.login, frozenset({folded(review.login)}))
    if review.permission not in WRITERS:
        may = review.permission or "nothing"
        raise RejectedError(Rejection.PERMISSION, f"{review.login} may {may} here; an approver may write.")
    mine = sorted(roles.intersection(review.roles))
    if roles and not mine:
        raise RejectedError(Rejection.ROLE, f"{review.login} has none of the roles {', '.join(sorted(roles))}.")
    return (mine or [*review.roles, ""])[0]


def _check_plan(review: Review, today: Digests, digests_at: DigestsAt) -> None:
    then = digests_at(review.commit) if review.commit else None
    if then is None:
        raise RejectedError(Rejection.STALE, f"Nobody knows which plan {review.login} has seen.")
    if (then.plan, then.executable) != (today.plan, today.executable):
        from rollback_gov.records.change import explain_change

        changes = ", ".join(explain_change(then, today))
        raise RejectedError(Rejection.STALE, f"The plan has changed since {review.login} approved it: {changes}.")
