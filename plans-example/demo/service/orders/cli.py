"""`python3 service GROUP VERB …`; a failure ends with one line on stderr and exit code 1 (2 for wrong usage)."""

from __future__ import annotations

import importlib
import sqlite3
import sys
from collections.abc import Mapping

from .environment import Environment
from .errors import DemoError


def main(arguments: list[str], *, environ: Mapping[str, str]) -> int:
    """Run one verb of a group (process, request, state) where `environ` says; gives the exit code."""
    group = importlib.import_module(f"orders.verbs.{arguments[0]}").GROUP
    options = group.parse(arguments[1:])
    try:
        options.verb(Environment.from_environ(environ), options)
    except (DemoError, sqlite3.Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
