"""All rules. A module under ``rules`` is found by being there; no list names it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from rollback_gov.policy import rules as package
from rollback_gov.policy.rule import Rule


@cache
def rules() -> Mapping[str, Rule]:
    """Give every rule by its code, in the order of the codes. Raises ValueError if two share one."""
    found = [
        value
        for module in pkgutil.iter_modules(package.__path__)
        for value in vars(import_module(f"{package.__name__}.{module.name}")).values()
        if isinstance(value, Rule)
    ]
    by_code = {rule.code: rule for rule in sorted(found, key=lambda rule: rule.code)}
    if len(by_code) != len(found):
        codes = [rule.code for rule in found]
        raise ValueError(f"Two rules share a code: {sorted({code for code in codes if codes.count(code) > 1})}.")
    return by_code
