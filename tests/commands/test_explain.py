"""What a rule means."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.explain import explain, explain_all, rule_document, rules_here
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.policy.registry import rules

HERE = Workspace(Path("/nonexistent"))


def test_a_page() -> None:
    assert explain("RG103", HERE).startswith("# RG103: The budgets exceed the SLA\n")


def test_small_letters_do_as_well() -> None:
    assert explain("rg103", HERE) == explain("RG103", HERE)


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no rule 'RG5O2'") as caught:
        explain("RG5O2", HERE)

    assert caught.value.hint == "Did you mean RG502?"


def test_a_code_like_no_other() -> None:
    with pytest.raises(UsageError) as caught:
        explain("pylint", HERE)

    assert "rules list" in caught.value.hint


def test_the_list() -> None:
    assert len(explain_all(HERE).splitlines()) == len(rules())


POLICY = """\
rules:
  - {code: ACME001, require: size(plan.phases) <= 3, message: The plan has more than three phases.}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return Workspace(tmp_path)


def test_the_organisations_own_rules_are_explained_too(workspace: Workspace) -> None:
    assert explain("acme001", workspace) == (
        "# ACME001: The plan has more than three phases\n\n*Error at every level.*\n\n"
        "`size(plan.phases) <= 3`.\n\n**Why.** The organisation's policy says so.\n"
    )


def test_rules_for_programs(workspace: Workspace) -> None:
    found = tuple(rules_here(workspace).values())

    assert rule_document(found[-1]) == {
        "code": "ACME001",
        "title": "The plan has more than three phases",
        "severity": "error",
        "from_level": 1,
        "warning_from_level": 0,
        "waivable": True,
    }
