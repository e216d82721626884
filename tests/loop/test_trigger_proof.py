"""The proof of the triggers in the evidence, and what a permit says without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.loop.conftest import Repository
from tests.loop.forging import forge, statement_of


def proof_in(path: Path) -> Any:
    """What a rehearsal's record says of the triggers."""
    return statement_of(path)["predicate"]["trigger_proof"]


def test_every_rehearsal_proves_the_triggers_and_the_proof_can_be_made_again(issued: Repository) -> None:
    told = json.loads(issued.gov("triggers", "prove", str(issued.plan), "--json"))
    assert told["result"] == "proved"
    for path in issued.folder.glob("evidence/*.dsse.json"):
        assert proof_in(path) == {
            "triggers": statement_of(path)["predicate"]["digests"]["sections"]["triggers"],
            "proved": ["down"],
            "problems": [],
            "sha256": told["sha256"],
        }


def test_a_proof_is_held_against_what_the_rehearsals_recorded(issued: Repository) -> None:
    said = issued.gov("triggers", "prove", str(issued.plan), "--evidence")
    assert said.count("trusted    the same: ") == len(list(issued.folder.glob("evidence/*.dsse.json")))
    told = issued.gov("evidence", "show", str(issued.plan))
    assert "  triggers   down proved to fire (sha256 " in told
    (first, *_) = sorted(issued.folder.glob("evidence/*.dsse.json"))
    statement = statement_of(first)
    statement["predicate"]["trigger_proof"]["sha256"] = "0" * 64
    forge(issued, first, statement, key="runner")
    assert "another proof of these triggers: " in issued.gov("triggers", "prove", str(issued.plan), "--evidence")
    issued.edit("above: 5", "above: 6")
    document = json.loads(issued.gov("triggers", "prove", str(issued.plan), "--evidence", "--json", ends=1))
    assert {one["says"] for one in document["evidence"]} == {"of other triggers"}
    del statement["predicate"]["trigger_proof"]
    forge(issued, first, statement, key="runner")
    assert "no proof: " in issued.gov("triggers", "prove", str(issued.plan), "--evidence", ends=1)


def test_a_trigger_that_can_never_fire_is_in_the_evidence_and_stops_the_permit(repository: Repository) -> None:
    dead = "triggers:\n  - {id: never, query: {source: exec, run: 'true'}, above: 5, below: 4}"
    repository.edit("triggers:", dead)
    said = repository.gov(
        "rehearse",
        str(repository.plan),
        "-e",
        "staging",
        "--key",
        "keys/runner.pem",
        "--yes",
        "--manual",
        "--scenario",
        "full",
    )
    problem = "never: it can never fire: no number is above 5 and below 4"
    assert f"not proved  {problem}" in said
    (path,) = repository.folder.glob("evidence/*.dsse.json")
    proof = proof_in(path)
    assert (proof["proved"], proof["problems"]) == (["down"], [problem])
    assert f"RG420 The proof fails for {problem}." in repository.issue(ends=1)
    assert f"  NOT PROVED {problem}" in repository.gov("evidence", "show", str(repository.plan))


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (None, "RG420 No rehearsal that counts proves that the triggers can fire."),
        ({"triggers": "0" * 64}, "is older than the triggers."),
        ({"problems": ["down: it can never fire"]}, "RG420 The proof fails for down: it can never fire."),
    ],
)
def test_a_permit_wants_a_proof_of_the_triggers_as_they_are(
    issued: Repository, proof: dict[str, Any] | None, said: str
) -> None:
    issued.issue()
    for path in issued.folder.glob("evidence/*.dsse.json"):
        statement = statement_of(path)
        own = statement["predicate"].pop("trigger_proof")
        if proof is not None:
            statement["predicate"]["trigger_proof"] = own | proof
        forge(issued, path, statement, key="runner")
    assert said in issued.issue(ends=1)
