"""How thoroughly properties are tried: quickly beside all other tests, at length by ``make test-slow``."""

from __future__ import annotations

import os


def examples(many: int) -> int:
    """Give ``many`` where time does not matter (``ROLLBACK_GOV_SLOW=1``), else a fifth of them."""
    return many if os.environ.get("ROLLBACK_GOV_SLOW") else many // 5
