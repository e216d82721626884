"""What can be wrong in a way that its user can put right."""

from __future__ import annotations


class DemoError(Exception):
    """Something cannot be done; the message is one line and says what to do next."""


class InvalidOrderError(DemoError):
    """A request's body is not an order."""


class PoolExhaustedError(DemoError):
    """Every database connection is taken, and none came back in time."""
