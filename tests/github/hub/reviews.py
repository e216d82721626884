"""Reviews of pull requests, in the order in which they were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.github.hub.pulls import Pull, found, place
from tests.github.hub.state import Answer, Call, Hub, Page, RefusalError, answers
from tests.github.hub.users import shown

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", "": "PENDING"}


@dataclass
class Review:
    """A review. ``commit`` is None where GitHub has forgotten it; ``author`` is empty where the account is gone."""

    id: int
    author: str
    state: str
    commit: str | None
    at: str


def review(pull: Pull, author: str, state: str, commit: str | None = "") -> Review:
    """Give a review, of the head unless another commit is named."""
    number = len(pull.reviews) + 1
    reviewed = pull.commits[-1].sha if commit == "" else commit
    pull.reviews.append(Review(number, author, state, reviewed, f"2026-01-31T12:{number % 60:02d}:00Z"))
    return pull.reviews[-1]


def _document(hub: Hub, call: Call, pull: Pull, one: Review) -> dict[str, Any]:
    told = {
        "id": one.id,
        "user": shown(hub, one.author),
        "state": one.state,
        "commit_id": one.commit,
        "pull_request_url": place(hub, call, pull),
    }
    return told | ({} if one.state == "PENDING" else {"submitted_at": one.at})


@answers("pulls/list-reviews")
def list_reviews(hub: Hub, call: Call) -> Answer:
    """Give the reviews, the oldest first."""
    pull = found(hub, call)
    return 200, Page([_document(hub, call, pull, one) for one in pull.reviews])


@answers("pulls/create-review")
def create(hub: Hub, call: Call) -> Answer:
    """Review it as whoever has the token. Nobody approves their own pull request: GitHub says so in prose only."""
    pull, event = found(hub, call), call.body.get("event", "")
    login = next(iter(hub.tokens.values()))
    if login == pull.author and event == "APPROVE":
        raise RefusalError(422, "Can not approve your own pull request")
    return 200, _document(hub, call, pull, review(pull, login, _STATES[event], call.body.get("commit_id", "")))


@answers("pulls/dismiss-review")
def dismiss(hub: Hub, call: Call) -> Answer:
    """Dismiss one: it keeps its place and its time."""
    pull, number = found(hub, call), int(call.values["review_id"])
    one = next((one for one in pull.reviews if one.id == number), None)
    if one is None:
        raise RefusalError(404, "Not Found")
    if one.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise RefusalError(422, "Can not dismiss a commented pull request review")
    one.state = "DISMISSED"
    return 200, _document(hub, call, pull, one)
