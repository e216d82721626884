"""Rows of a decision that can be decided, and rows that never are."""

from __future__ import annotations

from rollback_gov.triggers.proof.bands import BandProof, prove_bands
from rollback_gov.triggers.proof.plan import prove_plan
from tests.triggers.conftest import plan_of

TRIGGERS = """
triggers:
  - {id: a, query: {source: http, url: 'http://m/a'}, above: 1}
  - {id: b, query: {source: http, url: 'http://m/b'}, above: 1}
  - {id: c, query: {source: http, url: 'http://m/c'}, above: 1}
"""


def rows(decision: str) -> list[BandProof]:
    plan = plan_of(f"{TRIGGERS}{decision}")
    return list(prove_bands(plan.decision, [trigger.id for trigger in plan.triggers]))


def test_each_row_names_what_decides_it() -> None:
    found = rows("""
decision:
  - {action: monitor, any: [a, b]}
  - {action: investigate, all: [a, b], within: 5m, then: page}
  - {action: rollback, at_least: 2, of: [a, b, c]}
  - {action: prepare, at_least: 1}
""")
    assert [(one.band, one.triggers, one.problem) for one in found] == [
        (0, (), "it can never be decided: row 3 (prepare) goes before it whenever it applies"),
        (1, (), "it can never be decided: row 2 (rollback) goes before it whenever it applies"),
        (2, ("a", "b"), ""),
        (3, ("a",), ""),
    ]


def test_a_row_that_applies_only_elsewhere_is_found_there() -> None:
    """The first of its pool is covered by a stronger row, the second is not."""
    found = rows("decision: [{action: prepare, any: [a, b]}, {action: rollback, any: [a]}]")
    assert [(one.triggers, one.problem) for one in found] == [(("b",), ""), (("a",), "")]


def test_a_row_that_needs_more_than_there_are() -> None:
    found = rows("decision: [{action: rollback, at_least: 4}, {action: monitor, note: nothing}]")
    assert {one.problem for one in found} == {"it can never be decided: no triggers make it apply"}


def test_a_plan_has_one_proof_with_one_digest() -> None:
    plan = plan_of(TRIGGERS + "decision: [{action: rollback, at_least: 9}]\n")
    proof = prove_plan(plan)
    assert proof.proved == ("a", "b", "c")
    assert proof.problems == ("row 0 (rollback): it can never be decided: no triggers make it apply",)
    assert prove_plan(plan).sha256 == proof.sha256
    assert prove_plan(plan_of(TRIGGERS)).sha256 != proof.sha256
    reworded = plan_of(
        TRIGGERS.replace("id: a, query", "id: a, name: Anything, query")
        + "decision: [{action: rollback, at_least: 9}]\n"
    )
    assert prove_plan(reworded).sha256 == proof.sha256, "wording changes nothing"
