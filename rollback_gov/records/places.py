"""Where a repository keeps the records that are about no single plan, as paths from its root.

Here, so that a gate that has none of them imports nothing of what reads them.
"""

from __future__ import annotations

from pathlib import Path

STATUS_LIST = Path(".rollback-gov") / "status-list.dsse.json"
BREAK_GLASSES = Path(".rollback-gov") / "break-glass"
ACKNOWLEDGEMENTS = Path("evidence") / "acknowledgements"
"""From a plan's folder."""
