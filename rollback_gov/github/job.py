"""The job of GitHub Actions in which this runs: where people see it."""

from __future__ import annotations

from collections.abc import Mapping


def job_url(environ: Mapping[str, str]) -> str:
    """Give the page of the workflow run; empty outside of GitHub Actions."""
    server, repository, run = (environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run.isdecimal() else ""
