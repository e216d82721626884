"""What a rule means."""

from __future__ import annotations

import pytest

from rollback_gov.commands.explain import explain, explain_all
from rollback_gov.model.errors import UsageError
from rollback_gov.policy.registry import rules


def test_a_page() -> None:
    assert explain("RG103").startswith("# RG103: The budgets exceed the SLA\n")


def test_small_letters_do_as_well() -> None:
    assert explain("rg103") == explain("RG103")


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no rule 'RG5O2'") as caught:
        explain("RG5O2")

    assert caught.value.hint == "Did you mean RG502?"


def test_a_code_like_no_other() -> None:
    with pytest.raises(UsageError) as caught:
        explain("pylint")

    assert "--list" in caught.value.hint


def test_the_list() -> None:
    assert len(explain_all().splitlines()) == len(rules())
