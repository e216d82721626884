from __future__ import annotations

import pytest

from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError, UsageError
from rollback_gov.model.exit_codes import ExitCode


@pytest.mark.parametrize("kind", [UsageError, Refused, Interrupted])
def test_every_error_says_what_and_what_to_do_next(kind: type[RollbackGovError]) -> None:
    error = kind("It did not work.", hint="Try the other door.")
    assert (str(error), error.hint) == ("It did not work.", "Try the other door.")
    assert isinstance(error, RollbackGovError)


def test_a_refusal_has_all_its_reasons() -> None:
    assert Refused("No.", reasons=("Too old.", "Too late.")).reasons == ("Too old.", "Too late.")
    assert Refused("No.").reasons == ()


def test_exit_codes_are_the_same_in_words() -> None:
    assert {code.value: code.word for code in ExitCode} == {
        0: "passed",
        1: "findings",
        2: "usage",
        3: "nothing_to_check",
        4: "internal_error",
        5: "rollback_failed",
        130: "interrupted",
    }
