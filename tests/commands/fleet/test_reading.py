"""One repository: what it costs to read it, and to see that it is what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from rollback_gov.commands.fleet.reading import Read, read_repository
from rollback_gov.commands.fleet.snapshot import Outcome, Snapshot
from rollback_gov.commands.fleet.targets import Target
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.traffic import ScanEnded
from tests.github.fleets import PLACE, PLAN, TODAY, service
from tests.github.hub.state import File, Hub, Trouble

NAME = "team/service"
LISTED, NAMED = Target(name=NAME, is_listed=True), Target(name=NAME)
Ask = Callable[[Target, Snapshot | None], Read]


@pytest.fixture
def ask(hub: Hub, asking: Asking) -> Ask:
    """Read, and forget the requests of before."""

    def read(target: Target, before: Snapshot | None = None) -> Read:
        hub.requests.clear()
        hub.statuses.clear()
        return read_repository(asking, target, before, settled=TODAY)

    return read


def known(hub: Hub, ask: Ask, target: Target = LISTED) -> Snapshot:
    service(hub, NAME)
    outcome, snapshot = ask(target, None)
    assert outcome == Outcome(asked=NAME, kind="read", name=NAME)
    assert snapshot is not None
    return snapshot


def test_the_first_time_costs_a_listing_and_a_request_a_file(hub: Hub, ask: Ask) -> None:
    snapshot = known(hub, ask)
    assert snapshot.plans == (PLACE,)
    assert len(snapshot.files) == 3
    assert len(hub.requests) == 1 + 3
    assert all(method == "GET" for method, _ in hub.requests)


def test_one_that_a_file_names_is_asked_for_its_name_first(hub: Hub, ask: Ask) -> None:
    service(hub, NAME)
    outcome, _ = ask(NAMED, None)
    assert outcome.kind == "read"
    assert len(hub.requests) == 2 + 3


@pytest.mark.parametrize("target", [LISTED, NAMED])
def test_unchanged_costs_one_conditional_request(hub: Hub, ask: Ask, target: Target) -> None:
    before = known(hub, ask, target)
    assert ask(target, before) == (Outcome(asked=NAME, kind="read", name=NAME), None)
    assert hub.statuses == {304: 1}


@pytest.mark.parametrize("closed", ["archived", "disabled"])
def test_one_that_a_file_names_is_seen_to_be_closed_since(hub: Hub, ask: Ask, closed: str) -> None:
    before = known(hub, ask, NAMED)
    hub.repository(NAME).closed = closed
    assert ask(NAMED, before) == (Outcome(asked=NAME, kind=closed, name=NAME), None)  # type: ignore[arg-type]
    assert hub.statuses == {200: 1}


def test_what_is_new_about_it_but_not_in_it_costs_one_request(hub: Hub, ask: Ask) -> None:
    """A star more, or the token of another hour."""
    before = known(hub, ask, NAMED)
    outcome, after = ask(NAMED, replace(before, about='"with a star less"'))
    assert (outcome.kind, after) == ("read", before)
    assert hub.statuses == {200: 1}


def test_a_push_to_another_branch_costs_a_conditional_request_more(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask, NAMED)
    outcome, after = ask(NAMED, replace(before, about='"1"', pushed="main 2019-01-01T00:00:00Z"))
    assert (outcome.kind, after) == ("read", before)
    assert hub.statuses == {200: 1, 304: 1}


def test_another_default_branch_is_looked_into(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask, NAMED)
    ask(NAMED, replace(before, about='"1"', pushed=before.pushed.replace("main", "trunk")))
    assert hub.statuses == {200: 1, 304: 1}


def test_a_push_is_read_whoever_named_it(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask, NAMED)
    hub.repository(NAME).files[PLACE] = File(f"{PLAN}# changed\n".encode())
    _, after = ask(NAMED, before)
    assert after is not None
    assert after.files[PLACE].raw.endswith(b"# changed\n")
    assert after.pushed != before.pushed


def test_a_push_that_is_young_is_nothing_to_go_by(hub: Hub, asking: Asking) -> None:
    """What was read may not have it yet; then the tree is asked for the next time, too."""
    service(hub, NAME)
    _, young = read_repository(asking, NAMED, None, settled="2019-12-31T23:59:59Z")
    assert young is not None
    assert (young.about, young.pushed) == ("", "")
    hub.statuses.clear()
    outcome, after = read_repository(asking, NAMED, young, settled=TODAY)
    assert hub.statuses == {200: 1, 304: 1}
    assert after is not None
    assert (outcome.kind, after.pushed.startswith("main 20")) == ("read", True)


def test_a_change_costs_the_listing_and_what_changed(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask)
    hub.repository(NAME).files[PLACE] = File(f"{PLAN}# changed\n".encode())
    _, after = ask(LISTED, before)
    assert after is not None
    assert after.files[PLACE].raw.endswith(b"# changed\n")
    assert after.tree != before.tree
    assert len(hub.requests) == 2


def test_a_change_of_what_does_not_matter_costs_the_listing(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask)
    hub.repository(NAME).files["README.md"] = File(b"new")
    _, after = ask(LISTED, before)
    assert after is not None
    assert after.files == before.files
    assert len(hub.requests) == 1


def test_what_is_gone_from_the_repository_is_gone(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask)
    del hub.repository(NAME).files[PLACE]
    _, after = ask(LISTED, before)
    assert after is not None
    assert after.plans == ()
    assert dict(after.files) == {}


def test_another_token_asks_in_vain_whether_it_changed_and_reads_nothing_again(hub: Hub, ask: Ask) -> None:
    before = known(hub, ask)
    outcome, after = ask(LISTED, Snapshot(**{**vars(before), "etag": '"of another token"'}))
    assert outcome.kind == "read"
    assert after == before, "and the tag of this one is kept"
    assert hub.statuses == {200: 1}


def test_an_empty_repository_is_told_and_costs_one_request_the_next_time(hub: Hub, ask: Ask) -> None:
    hub.repository(NAME)
    outcome, snapshot = ask(NAMED, None)
    assert outcome == Outcome(asked=NAME, kind="empty", name=NAME)
    assert snapshot is not None
    assert (snapshot.repository, snapshot.tree, dict(snapshot.files)) == (NAME, "", {})
    assert ask(NAMED, snapshot)[0].kind == "empty"
    assert hub.statuses == {304: 1}
    assert ask(LISTED, snapshot)[0].kind == "empty"
    assert hub.statuses == {409: 1}
    service(hub, NAME)
    assert ask(NAMED, snapshot)[0].kind == "read"


@pytest.mark.parametrize("closed", ["archived", "disabled"])
def test_a_closed_one_costs_nothing_where_it_is_listed(
    hub: Hub, ask: Ask, closed: Literal["archived", "disabled"]
) -> None:
    service(hub, NAME).closed = closed
    assert ask(Target(name=NAME, is_listed=True, closed=closed), None)[0].kind == closed
    assert hub.requests == []
    assert ask(NAMED, None) == (Outcome(asked=NAME, kind=closed, name=NAME), None)
    assert len(hub.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "missing"), (403, "forbidden"), (451, "forbidden"), (502, "failed"), (422, "failed")]
)
@pytest.mark.parametrize("target", [LISTED, NAMED])
def test_what_github_refuses_is_told(hub: Hub, ask: Ask, target: Target, status: int, kind: str) -> None:
    before = known(hub, ask)
    for snapshot in (None, before):
        hub.troubles = [Trouble(status, "No.", times=9)]
        outcome, kept = ask(target, snapshot)
        assert (outcome.kind, kept) == (kind, None)
        assert f"status {status}" in outcome.reason


def test_what_fails_in_the_middle_keeps_nothing_of_it(hub: Hub, ask: Ask) -> None:
    service(hub, NAME)
    hub.troubles = [Trouble(502, operation="git/get-blob", times=9)]
    outcome, kept = ask(LISTED, None)
    assert (outcome.kind, kept) == ("failed", None)


def test_a_renamed_one_is_found_and_asked_for_by_its_new_name_from_then_on(hub: Hub, ask: Ask) -> None:
    service(hub, NAME)
    hub.moved = {"team/before": NAME}
    target = Target(name="team/before")
    outcome, snapshot = ask(target, None)
    assert outcome == Outcome(asked="team/before", kind="read", name=NAME)
    assert snapshot is not None
    assert snapshot.repository == NAME
    assert ask(target, snapshot)[1] is None
    assert hub.requests == [("GET", f"/repos/{NAME}")]


@pytest.mark.parametrize("target", [LISTED, NAMED])
def test_one_that_is_renamed_between_two_scans_is_read_whole(hub: Hub, ask: Ask, target: Target) -> None:
    """A redirection loses the wish for all folders."""
    before = known(hub, ask, target)
    hub.repositories = {"team/after": hub.repositories[NAME]}
    hub.repositories["team/after"].full_name = "team/after"
    hub.moved = {NAME: "team/after"}
    outcome, kept = ask(target, before)
    assert outcome.kind == "read"
    assert kept is not None
    assert (kept.tree, kept.files) == (before.tree, before.files)
    hub.repository("team/after").files[PLACE] = File(f"{PLAN}# changed\n".encode())
    outcome, snapshot = ask(target, before)
    assert outcome.name == "team/after"
    assert snapshot is not None
    assert snapshot.plans == (PLACE,)
    assert snapshot.files[PLACE].raw.endswith(b"# changed\n")


def test_one_that_went_away_and_came_back_under_its_old_name_is_found(hub: Hub, ask: Ask) -> None:
    service(hub, NAME)
    before = Snapshot(repository="team/gone", files={}, tree="1" * 40, etag='"1"')
    outcome, snapshot = ask(NAMED, before)
    assert outcome.name == NAME
    assert snapshot is not None


def test_a_defect_is_one_of_one_repository(hub: Hub, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("rollback_gov.commands.fleet.reading.take_all", deep)
    service(hub, NAME)
    outcome, kept = ask(LISTED, None)
    assert (outcome.kind, kept) == ("failed", None)
    assert outcome.reason == "reading it ran into a defect of rollback-gov (RecursionError)"


@pytest.mark.parametrize("status", [404, 502])
def test_one_whose_name_is_known_and_whose_tree_is_not(hub: Hub, ask: Ask, status: int) -> None:
    service(hub, NAME)
    hub.troubles = [Trouble(status, operation="git/get-tree", times=9)]
    assert ask(NAMED, None)[0].kind == {404: "missing", 502: "failed"}[status]


def test_the_end_of_the_scan_is_not_one_of_the_repository(hub: Hub, ask: Ask) -> None:
    service(hub, NAME)
    hub.tokens = {}
    with pytest.raises(ScanEnded):
        ask(LISTED, None)
