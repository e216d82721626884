"""Who wrote a plan: the authors of the commits that touched it and the files that it uses."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from rollback_gov.plans.load import LoadedPlan

_SECONDS = 20.0


def authors_of(loaded: LoadedPlan, environ: Mapping[str, str]) -> frozenset[str]:
    """Give names and e-mail addresses, and the plan's owner. Outside a git repository only the owner is known."""
    plan = loaded.require()
    files = [loaded.path.name, *plan.uses]
    return frozenset({plan.metadata.owner, *_git_authors(loaded, files, environ)})


def _git_authors(loaded: LoadedPlan, files: list[str], environ: Mapping[str, str]) -> set[str]:
    command = ["git", "log", "--format=%an%n%ae", "--no-show-signature", "--", *files]
    try:
        done = subprocess.run(
            command,
            cwd=loaded.folder,
            env={**environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return {line for line in done.stdout.splitlines() if line} if done.returncode == 0 else set()
