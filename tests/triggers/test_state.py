"""What a machine remembers, as plain data."""

from __future__ import annotations

import pytest

from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.state import State, Status, from_document, to_document


def test_a_state_that_is_no_state_is_refused() -> None:
    for document in (
        {"held": "long"},
        {"status": "lit"},
        {"verdict": "bad"},
        {"nothing": 1},
        {"recovered": 1},
        {"held": True},
    ):
        with pytest.raises((ValueError, TypeError)):
            from_document(document)


def test_a_state_in_its_beginning_is_an_empty_document() -> None:
    assert to_document(State()) == {}
    state = State(status=Status.PENDING, hits=(1, 2), verdict=Verdict.BREACH, recovered=True, sample=1.5)
    assert from_document(to_document(state)) == state
