from __future__ import annotations

import pytest

from rollback_gov.execution.reverts import is_reverted

C, R, RR, RRR = ("c" * 40, "1" * 40, "2" * 40, "3" * 40)


def entry(own: str, undone: str = "") -> str:
    body = f'Revert "x"\n\nThis reverts commit {undone}.' if undone else "A change"
    return f"{own}\n{body}\n\0\n"


@pytest.mark.parametrize(
    ("log", "reverted"),
    [
        ("", False),
        (entry(R), False),
        (entry(R, C), True),
        (entry(RR, R) + entry(R, C), False),
        (entry(RRR, RR) + entry(RR, R) + entry(R, C), True),
        (entry(RRR, C) + entry(RR, R) + entry(R, C), True),
        (entry(C, C), False),
        (entry(R, "d" * 40), False),
    ],
)
def test_a_revert_of_a_revert_brings_it_back(log: str, reverted: bool) -> None:
    assert is_reverted(C, log) == reverted
