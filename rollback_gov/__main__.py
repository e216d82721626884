"""The entry point of ``rollback-gov`` and of ``python -m rollback_gov``."""

from __future__ import annotations


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from rollback_gov.cli.main import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
