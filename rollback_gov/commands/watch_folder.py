"""Where a watch leaves its log and its state."""

from __future__ import annotations

import re
from pathlib import Path


def watch_folder(root: Path, operation: str, environment: str) -> Path:
    """Give the folder of the watches of an operation in an environment; ``root`` is the repository's."""
    return root / "incidents" / f"watch-{operation}-{re.sub(r'[^A-Za-z0-9._-]', '_', environment)}"
