"""The table of attacks: each is refused, with a reason code of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.cli.main import run
from tests.loop.attack import Attack
from tests.loop.conftest import Repository

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text(encoding="utf-8"))


def at_the_gate(attack: Attack, words: tuple[str, ...]) -> tuple[int, set[str]]:
    """Give the exit code, and the codes of the reasons."""
    attack.repository.output.readouterr()
    code = run(words)
    said = json.loads(attack.repository.output.readouterr().out)
    return code, {reason["code"] for reason in (*said.get("reasons", ()), *said.get("problems", ()))}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"].replace(" ", "-"))
def test_it_is_refused(issued: Repository, row: dict[str, Any]) -> None:
    attack = Attack(issued)
    getattr(attack, row.get("from", "issued"))()
    words = row.get("gate", ["verify"])
    before = [words[0]] if words[0] in ("issue", "audit") else ["verify"]
    assert at_the_gate(attack, attack.gate(before)) == (0, set()), "it was refused before the attack"
    for step in row["do"]:
        ((verb, argument),) = step.items()
        getattr(attack, verb)(argument)
    code, codes = at_the_gate(attack, attack.gate(words))
    assert code == 1
    assert row["code"] in codes


def test_the_table_has_everything_that_was_asked_for() -> None:
    assert len(TABLE) >= 30
    assert len({row["name"] for row in TABLE}) == len(TABLE)
    assert len({row["code"] for row in TABLE}) >= 30
