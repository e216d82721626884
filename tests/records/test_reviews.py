"""Reviews of a pull request: the cases are data in reviews.yaml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.evidence import Digests
from rollback_gov.records.exclusion import Excluded, RejectedError, is_bot
from rollback_gov.records.reviews import Review, ReviewedChange, decide

CASES = {case["name"]: case for case in yaml.safe_load((Path(__file__).parent / "reviews.yaml").read_text())}
EXCLUDED = Excluded(
    authors=frozenset({"linus", "l@example.org"}), committers=frozenset({"CARL"}), starters=frozenset({"Stan"})
)
TODAY = Digests(plan="a" * 64, executable="b" * 64, sections={}, phases={"phases/undo": "c" * 64}, files={})
BEFORE = replace(TODAY, plan="d" * 64, executable="e" * 64, phases={"phases/undo": "f" * 64})
AT = {"same": TODAY, "later": TODAY, "before": BEFORE}


def review(number: int, of: str, **more: Any) -> Review:
    login, state, commit = of.replace('""', "-").split()
    usual: dict[str, Any] = {
        "user_id": sum(login.lower().encode()),
        "permission": "write",
        "at": f"2025-12-09T10:{number:02}:00Z",
    }
    roles = tuple(more.pop("roles", ()))
    return Review(login=login, state=state, commit="" if commit == "-" else commit, **{**usual, **more, "roles": roles})  # type: ignore[arg-type]


def change(case: dict[str, Any]) -> ReviewedChange:
    reviews = tuple(review(number, **item) for number, item in enumerate(case["reviews"]))
    return ReviewedChange(number=17, excluded=EXCLUDED, reviews=reviews)


@pytest.mark.parametrize("name", CASES)
def test_which_reviews_count(name: str) -> None:
    case = CASES[name]
    decided = decide(change(case), TODAY, AT.get, roles=frozenset(case.get("needs", ())))
    assert [counted.login for counted in decided.valid] == case.get("valid", [])
    assert {rejected.login: str(rejected.code) for rejected in decided.rejected} == case.get("rejected", {})


def test_what_counts_says_what_it_is_bound_to() -> None:
    case = CASES["where policy asks for a role, the reviewer has it"]
    (counted,) = decide(change(case), TODAY, AT.get, roles=frozenset({"sre"})).valid
    assert (counted.login, counted.role, counted.commit, counted.pull_request) == ("ada", "sre", "same", 17)
    assert counted.at == "2025-12-09T10:00:00Z"


def test_what_changed_is_named() -> None:
    case = CASES["an approval before the last change of the plan is stale"]
    (rejected,) = decide(change(case), TODAY, AT.get).rejected
    assert rejected.reason == "The plan has changed since ada approved it: phase undo."


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["approved", "changes_requested", "dismissed", "commented"]))
    )
)
def test_only_the_last_decision_of_each_counts(said: list[tuple[str, str]]) -> None:
    case = {"reviews": [{"of": f"{login} {state} same"} for login, state in said]}
    last = {login: state for login, state in said if state != "commented"}
    decided = decide(change(case), TODAY, AT.get)
    assert {counted.login for counted in decided.valid} == {login for login in last if last[login] == "approved"}
    assert {one.login for one in decided.rejected} == {login for login in last if last[login] != "approved"}


@pytest.mark.parametrize(
    ("name", "bot"),
    [
        ("dependabot[bot]", True),
        ("49699333+dependabot[bot]@users.noreply.github.com", True),
        ("bot", False),
        ("Ada", False),
    ],
)
def test_a_bot_is_told_by_its_name(name: str, bot: bool) -> None:
    assert is_bot(name) is bot


def test_everybody_who_had_a_hand_in_it_is_excluded() -> None:
    assert EXCLUDED.everybody == {"linus", "l@example.org", "CARL", "Stan"}
    EXCLUDED.check("Ada", frozenset({"ada", "a@example.org"}))
    with pytest.raises(RejectedError, match="Torvalds wrote the plan"):
        EXCLUDED.check("Torvalds", frozenset({"torvalds", "l@example.org"}))
