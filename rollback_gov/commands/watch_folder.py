"""Where a watch leaves its log and its state."""

from __future__ import annotations

import re
from pathlib import Path


def watch_folder(root: Path, operation: str, environment: str, region: str = "") -> Path:
    """Give the folder of the watches of an operation in an environment, or in one region of it.

    ``root`` is the repository's. No environment is spelled with a ``+`` here, so none is taken for a region.
    """
    where = "+".join(re.sub(r"[^A-Za-z0-9._-]", "_", name) for name in (environment, region) if name)
    return root / "incidents" / f"watch-{operation}-{where}"
