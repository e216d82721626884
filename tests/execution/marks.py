"""Marks of this package's tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])
SLOW = (
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("ROLLBACK_GOV_SLOW"), reason="needs ROLLBACK_GOV_SLOW=1"),
)
"""The marks of one case of a test that runs only where time does not matter: ``ROLLBACK_GOV_SLOW=1``."""


def slow(test: Test) -> Test:
    """Run a test only where time does not matter."""
    for mark in SLOW:
        test = mark(test)
    return test
