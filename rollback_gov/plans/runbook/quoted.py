"""Data that a runbook quotes: blocks of YAML and JSON, where they are mappings that can be read."""

from __future__ import annotations

import json
from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_reader import read_yaml

LONGEST = 100_000


def mapping_in(block: Block) -> dict[str, Any]:
    """Give what a block of YAML or JSON says, or an empty mapping for anything else."""
    if block.kind != "fence" or block.language not in ("yaml", "yml", "json") or len(block.text) > LONGEST:
        return {}
    try:
        value = json.loads(block.text) if block.language == "json" else read_yaml(Source("", block.text))[0]
    except (DocumentError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else {}
