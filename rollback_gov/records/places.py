"""Where a repository keeps the records that are about no single plan, as paths from its root.

Here, so that a gate that has none of them imports nothing of what reads them.
"""

from __future__ import annotations

from pathlib import Path

from rollback_gov.plans.files import EVIDENCE

STATUS_LIST = Path(".rollback-gov") / "status-list.dsse.json"
BREAK_GLASSES = Path(".rollback-gov") / "break-glass"
ACKNOWLEDGEMENTS = Path(EVIDENCE) / "acknowledgements"
"""From a plan's folder."""
