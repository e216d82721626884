"""The entry point of ``rollback-gov`` and of ``python -m rollback_gov``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _hold_standard_files()
    from rollback_gov.cli.main import run

    raise SystemExit(run())


def _hold_standard_files() -> None:
    """Hold the places of standard files that were closed, or the journal would be opened there and printed to."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which may be another one
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - to the end


if __name__ == "__main__":
    main()
