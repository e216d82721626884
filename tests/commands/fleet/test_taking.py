"""Which files a verdict stands on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rollback_gov.commands.fleet import taking as module
from rollback_gov.commands.fleet.basket import Basket
from rollback_gov.commands.fleet.taking import take_all
from rollback_gov.github.fleet.asking import Asking, Unreadable
from rollback_gov.github.fleet.traffic import ScanEnded
from rollback_gov.github.fleet.tree import listing, read_tree
from tests.github.fleets import FRESH, PLACE, PLAN, STALE, service
from tests.github.hub.state import Hub, Trouble

NAME = "team/service"
POLICY = ".rollback-gov/policy.yaml"
Taken = tuple[tuple[str, ...], Basket]


def take(
    hub: Hub,
    asking: Asking,
    more: Mapping[str, str] | None = None,
    *,
    plan: str = PLAN,
    rehearsed: tuple[str, ...] = (),
) -> Taken:
    service(hub, NAME, plan=plan, rehearsed=rehearsed, more=more)
    tree = read_tree(asking, NAME, listing(asking, NAME))
    basket = Basket(asking, NAME, tree, None)
    return take_all(basket, tree), basket


def test_a_plan_with_what_it_uses_and_its_rehearsals(hub: Hub, asking: Asking) -> None:
    more = {
        "rollback/op-7/evidence/acknowledgements/a.dsse.json": "{}",
        "rollback/op-7/evidence/notes.txt": "",
        "rollback/op-7/evidence/deeper/b.dsse.json": "{}",
        "elsewhere/evidence/c.dsse.json": "{}",
    }
    plans, basket = take(hub, asking, more, rehearsed=(FRESH, STALE))
    assert plans == (PLACE,)
    assert sorted(basket.files) == [
        "rollback/op-7/evidence/20251109T100000-staging.dsse.json",
        "rollback/op-7/evidence/20251209T100000-staging.dsse.json",
        "rollback/op-7/evidence/acknowledgements/a.dsse.json",
        PLACE,
        "scripts/undo.sh",
    ]
    assert not basket.left_out


def test_what_decides_is_taken_with_what_it_extends(hub: Hub, asking: Asking) -> None:
    more = {
        POLICY: "extends: ../base/policy.yaml\n",
        "base/policy.yaml": "floors: {services: {payment-service: 3}}\n",
        ".rollback-gov/trust.yaml": "keys: []\n",
        ".rollback-gov/waivers.yaml": "waivers: []\n",
        ".rollback-gov/environments.yaml": "environments: {}\n",
    }
    _, basket = take(hub, asking, more)
    assert sorted(set(basket.files) - {PLACE, "scripts/undo.sh"}) == [
        ".rollback-gov/policy.yaml",
        ".rollback-gov/trust.yaml",
        ".rollback-gov/waivers.yaml",
        "base/policy.yaml",
    ]


def test_plans_are_where_the_policy_says(hub: Hub, asking: Asking) -> None:
    more = {POLICY: "discovery: ['ops/**/undo.yaml']\n", "ops/a/undo.yaml": PLAN, "node_modules/ops/undo.yaml": PLAN}
    plans, basket = take(hub, asking, more)
    assert plans == ("ops/a/undo.yaml",)
    assert PLACE not in basket.files


def test_by_default_they_are_where_validate_looks(hub: Hub, asking: Asking) -> None:
    more = {
        "svc/a.rollback.yml": PLAN,
        "docs/rollback.md": "# Rollback\n",
        "node_modules/x/a.rollback.yml": PLAN,
        "other/plan.yaml": PLAN,
    }
    plans, _ = take(hub, asking, more)
    assert plans == ("docs/rollback.md", PLACE, "svc/a.rollback.yml")


def test_a_policy_that_is_broken_is_kept_for_the_judgement(hub: Hub, asking: Asking) -> None:
    plans, basket = take(hub, asking, {POLICY: "discovery: 7\n"})
    assert plans == ()
    assert list(basket.files) == [POLICY]


def test_a_file_that_a_plan_uses_outside_of_the_repository_is_not_asked_for(hub: Hub, asking: Asking) -> None:
    plan = PLAN.replace("[../../scripts/undo.sh]", "[../../scripts/undo.sh, ../../../../etc/passwd, /etc/passwd]")
    _, basket = take(hub, asking, {PLACE: plan})
    assert sorted(basket.files) == [PLACE, "scripts/undo.sh"]


@pytest.mark.parametrize("text", ["", "\udcff", "[" * 50_000, "a: &a [*a]", "- just\n- a list\n"])
def test_a_plan_that_is_none_is_taken_all_the_same(hub: Hub, asking: Asking, text: str) -> None:
    service(hub, NAME, rehearsed=())
    hub.repository(NAME).files[PLACE] = (
        hub.repository(NAME).files[PLACE]._replace(raw=text.encode("utf-8", "surrogateescape"))
    )
    tree = read_tree(asking, NAME, listing(asking, NAME))
    basket = Basket(asking, NAME, tree, None)
    assert take_all(basket, tree) == (PLACE,)


def test_plans_and_records_have_a_bound_that_is_said(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PLANS", 2)
    monkeypatch.setattr(module, "MOST_RECORDS", 1)
    more = {f"svc/{number}.rollback.yml": PLAN for number in range(3)}
    plans, basket = take(hub, asking, more, rehearsed=(FRESH, STALE))
    assert plans == (PLACE, "svc/0.rollback.yml")
    assert "rollback/op-7/evidence/20251209T100000-staging.dsse.json" in basket.files, "the newest is the one"
    assert list(basket.left_out) == [
        "There are 4 plans, and 2 of them were read.",
        "rollback/op-7/evidence: it holds 2 records, and the last 1 were read.",
    ]


@pytest.mark.parametrize(
    ("discovery", "said"),
    [
        ("['" + "**/" * 5 + "x']", "more than 4 wildcards"),
        ("[" + ", ".join(f"'a{number}*'" for number in range(21)) + "]", "more than 20"),
    ],
)
def test_patterns_that_would_take_for_ever_are_refused(hub: Hub, asking: Asking, discovery: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        take(hub, asking, {POLICY: f"discovery: {discovery}\n"})


def test_finding_plans_has_its_time(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.0)
    more = {f"{'a/' * 100}{'a' * 40}{number}": "" for number in range(20)}
    with pytest.raises(Unreadable, match="takes too long"):
        take(hub, asking, {POLICY: "discovery: ['**/*a*a**b']\n", **more})


def test_folders_that_were_not_searched_are_said(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.fleet.tree.MOST_LISTINGS", 2)
    service(hub, NAME, rehearsed=(), more={f"zzz/{number}": "" for number in range(20)})
    hub.repository(NAME).most_entries = 8
    tree = read_tree(asking, NAME, listing(asking, NAME))
    basket = Basket(asking, NAME, tree, None)
    assert take_all(basket, tree) == (PLACE,)
    assert "zzz: the tree is too large, and this folder was not searched." in basket.left_out


def test_the_end_of_a_scan_is_no_broken_policy(hub: Hub, asking: Asking) -> None:
    service(hub, NAME, more={POLICY: "discovery: [a]\n"})
    tree = read_tree(asking, NAME, listing(asking, NAME))
    hub.troubles = [Trouble(403, "You have exceeded a secondary rate limit.", {"Retry-After": "999"})]
    with pytest.raises(ScanEnded):
        take_all(Basket(asking, NAME, tree, None), tree)
