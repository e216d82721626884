"""A run's messages: the plan's channels, texts and fields, sent beside the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rollback_gov.commands.session import Target, World
from rollback_gov.execution.journal import Journal


@contextmanager
def open_messages(
    target: Target, world: World, journal: Journal, *, run: str
) -> Iterator[Callable[[str, Mapping[str, str]], None]]:
    """Give a function that sends a message about the run. Without channels it does nothing."""
    raise NotImplementedError
    yield lambda event, fields: None
