"""The plan as it was rehearsed, kept beside the evidence: a file whose sha256 is the plan digest.

It needs no signature: evidence names its digest, and whoever has ``sha256sum`` can see that it is the one. So what
changed since a rehearsal can be told by value, also for what was never committed and where git's history is cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from rollback_gov.model.plan import Plan
from rollback_gov.plans.files import EVIDENCE, open_regular
from rollback_gov.records.digests import plan_text
from rollback_gov.records.dsse import MAX_BYTES, strict_json
from rollback_gov.records.errors import RecordError
from rollback_gov.records.replace import replace_file

FOLDER = Path(EVIDENCE) / "plans"


def keep_plan(folder: Path, plan: Plan) -> Path:
    """Keep the plan in its folder, once, and give the file. Raises OSError."""
    text = plan_text(plan)
    path = folder / FOLDER / f"{sha256(text).hexdigest()}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
    return path


def kept_plan(folder: Path, digest: str) -> Mapping[str, Any] | None:
    """Give the document of the plan with that digest; None where it was not kept, or is not what it was."""
    try:
        with open_regular(folder / FOLDER / f"{digest}.json") as file:
            text = file.read(MAX_BYTES + 1)
        if sha256(text).hexdigest() != digest:
            return None
        plan = strict_json(text)["plan"]
        document = plan["value"] if "numbers" in plan else plan
    except (OSError, RecordError, KeyError, TypeError):
        return None
    return document if isinstance(document, dict) else None
