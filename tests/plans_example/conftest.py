from __future__ import annotations

from tests.servers import postgresql, redis

__all__ = ["postgresql", "redis"]
