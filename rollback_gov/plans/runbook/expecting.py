"""What a runbook says should come out of a step."""

from __future__ import annotations

import re
from typing import Any

from rollback_gov.plans.runbook.taking import Value

EXPECTED = "Expected: "
"""How a note begins that says it."""
_TOKEN = re.compile(r"[\"'“]?(?P<token>[^\s\"'“”()]{1,80})[\"'”]?(?:\s*\(.{0,80}\))?")


def expect(step: dict[str, Any], said: str, line: int) -> None:
    """Propose what should come out: a single word as an expectation, a sentence as a note."""
    token = _TOKEN.fullmatch(said)
    if token is None:
        step["notes"] = Value(f"{EXPECTED}{said}", line)
    elif len(token["token"]) < 3:
        step["expect"] = {"stdout": {"matches": Value(f"(^|\\n){re.escape(token['token'])}\\s*$", line)}}
    else:
        step["expect"] = {"stdout": {"contains": Value(token["token"], line)}}
