"""The table of what the rules find."""

from __future__ import annotations

import pytest

from rollback_gov.policy.registry import rules
from tests.policy.table import main


@pytest.mark.slow
def test_every_rule_finds_something_and_misses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0

    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row[0] for row in rows] == [code for code in rules() if code[:3] in ("RG2", "RG3")]
    assert all(int(row[1]) > 0 and int(row[3]) == 0 for row in rows)
