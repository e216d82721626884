"""Logins in e-mail addresses: whoever hides the own address commits under one of GitHub's, with the login in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.[^@]+", re.IGNORECASE)


def with_logins(names: Iterable[str]) -> frozenset[str]:
    """Give the names and addresses, and the logins in addresses such as ``7+ada@users.noreply.github.com``."""
    found = frozenset(filter(None, names))
    return found | {match[1] for name in found if (match := _NOREPLY.fullmatch(name.strip()))}
