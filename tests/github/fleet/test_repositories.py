"""Which repositories there are, by organisation and by name."""

from __future__ import annotations

import pytest

from rollback_gov.github.fleet.asking import Asking, Unreadable
from rollback_gov.github.fleet.repositories import by_name, is_name, of_organisation
from rollback_gov.model.errors import UsageError
from tests.github.hub.state import Hub, Trouble


def test_an_organisation_is_listed_to_its_end(hub: Hub, asking: Asking) -> None:
    hub.repositories.clear()
    for number in range(250):
        hub.repository(f"org/r{number:03}")
    hub.repository("other/r0")
    hub.repository("org/r007").closed = "archived"
    hub.repository("org/r008").closed = "disabled"
    found = list(of_organisation(asking, "org"))
    assert [each.name for each in found] == [f"org/r{number:03}" for number in range(250)]
    assert {each.name: each.closed for each in found if each.closed} == {
        "org/r007": "archived",
        "org/r008": "disabled",
    }
    assert len(hub.requests) == 3


def test_a_whole_last_page_costs_one_more_request(hub: Hub, asking: Asking) -> None:
    hub.repositories.clear()
    for number in range(100):
        hub.repository(f"org/r{number:03}")
    assert len(list(of_organisation(asking, "org"))) == 100
    assert len(hub.requests) == 2


def test_a_list_without_an_end_is_left(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.fleet.repositories._MOST_PAGES", 2)
    hub.repositories.clear()
    for number in range(200):
        hub.repository(f"org/r{number:03}")
    with pytest.raises(UsageError, match="more than 200 repositories"):
        list(of_organisation(asking, "org"))


def test_an_organisation_that_is_none_says_what_to_do(hub: Hub, asking: Asking) -> None:
    with pytest.raises(UsageError, match=r"'no/body' cannot be listed: GitHub answered with status 404") as error:
        list(of_organisation(asking, "no/body"))
    assert "--repos FILE" in error.value.hint


@pytest.mark.parametrize("page", [b'{"a": 1}', b'[{"full_name": "../.."}]', b"[7]", b'[{"full_name": 7}]'])
def test_a_list_that_is_none_is_not_github(hub: Hub, asking: Asking, page: bytes) -> None:
    hub.troubles = [Trouble(200, raw=page)]
    with pytest.raises((UsageError, Unreadable), match="not GitHub's API"):
        list(of_organisation(asking, "org"))


def test_a_repository_is_found_under_the_name_that_it_had(hub: Hub, asking: Asking) -> None:
    hub.moved = {"team/before": "team/service"}
    found = by_name(asking, "team/before")
    assert found is not None
    assert (found.name, found.branch, found.closed) == ("team/service", "main", "")
    assert found.pushed.startswith("20")
    assert by_name(asking, "team/service", etag=found.etag) is None


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("team/service", True),
        ("Team-1/.github", True),
        ("o/a.b_c-d", True),
        ("EMU_user/x", True),
        ("team", False),
        ("team/", False),
        ("/service", False),
        ("team/..", False),
        ("team/.", False),
        ("team/a/b", False),
        ("../x", False),
        ("team/a b", False),
        ("team/a?x=1", False),
        ("team/a%2e", False),
        ("team/a\n", False),
        ("-x/y", False),
        ("team/" + "x" * 101, False),
    ],
)
def test_names(name: str, allowed: bool) -> None:
    assert is_name(name) is allowed
