"""No rule without a page, without a plan on which it fires, and without one on which it stays silent."""

from __future__ import annotations

import pytest

from rollback_gov.policy.registry import rules
from tests.policy.examples import FOLDER, Example, examples

BAD, GOOD = examples("bad"), examples("good")


@pytest.mark.parametrize("code", rules())
def test_every_rule_has_a_bad_and_a_good_example(code: str) -> None:
    assert any(example.code == code for example in BAD)
    assert any(example.code == code for example in GOOD)


def test_every_folder_belongs_to_a_rule() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == set(rules())


@pytest.mark.parametrize("example", BAD, ids=lambda example: example.name)
def test_the_rule_fires_where_the_example_says(example: Example) -> None:
    found = [(finding.code, finding.place.line) for finding in example.findings() if finding.code == example.code]

    assert example.expected
    assert found == example.expected


@pytest.mark.parametrize("example", GOOD, ids=lambda example: example.name)
def test_the_rule_is_silent_on_a_good_plan(example: Example) -> None:
    assert not [finding for finding in example.findings() if finding.code == example.code]


@pytest.mark.parametrize("example", [*BAD, *GOOD], ids=lambda example: example.name)
def test_a_finding_is_whole_sentences(example: Example) -> None:
    for finding in example.findings():
        assert finding.message[0].isupper() or not finding.message[0].isalpha(), finding
        assert finding.message.endswith("."), finding
        assert "\n" not in finding.message
