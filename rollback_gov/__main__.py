"""The entry point of ``rollback-gov`` and of ``python -m rollback_gov``."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _hold_standard_files()
    gc.set_threshold(
        50_000, 20, 20
    )  # what is imported and parsed lives on: looking for garbage in it costs a twentieth
    from rollback_gov.cli.main import run

    exit_code = run()
    gc.freeze()  # the process ends: whoever clears up need not search what lived to the end for garbage
    raise SystemExit(exit_code)


def _hold_standard_files() -> None:
    """Take the places of standard files that were closed, or the journal would be opened there and printed to."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


if __name__ == "__main__":
    main()
