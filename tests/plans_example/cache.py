"""A cache that wants a password, as in life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.servers import Redis

CACHE_PASSWORD = "of-the-cache"


@contextmanager
def guarded(redis: Redis) -> Iterator[None]:
    """Ask for the password until the end of the block; redis-cli finds it in the environment."""
    redis.call("CONFIG", "SET", "requirepass", CACHE_PASSWORD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDISCLI_AUTH", CACHE_PASSWORD)
        yield
        redis.call("CONFIG", "SET", "requirepass", "")
