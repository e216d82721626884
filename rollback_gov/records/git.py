"""Asking git: one repository, no terminal, no hooks of ours, and an end to every wait."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rollback_gov.model.errors import RollbackGovError
from rollback_gov.records.text import one_line

SECONDS = 30.0
"""For one command; over a dead network it would take minutes."""
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
"""Variables that would make git speak of another repository than the one around the folder."""
_CREDENTIALS = re.compile(r"(?<=://)[^@/\s]*@")


class GitError(RollbackGovError):
    """Git could not answer; the message says why, in one line and without credentials."""


class Git:
    """The repository around a folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *, seconds: float = SECONDS) -> None:
        self._folder = folder
        self._seconds = seconds
        self._environ = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
        self._environ |= {
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        self._environ.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")

    def ask(self, *arguments: str, text: str = "", more: Mapping[str, str] | None = None) -> str:
        """Run one command with ``text`` as its input and ``more`` variables, and give its output. Raises GitError."""
        code, out, said = self.run(*arguments, text=text, more=more)
        if code:
            raise GitError(f"{said or 'it failed'}.")
        return out

    def run(self, *arguments: str, text: str = "", more: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """Like ``ask``; gives exit code, output, and in one line what it said. Raises GitError where it cannot run."""
        try:
            process = subprocess.Popen(
                ["git", "--literal-pathspecs", "-c", "core.hooksPath=/dev/null", *arguments],
                cwd=self._folder,
                env={**self._environ, **(more or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise GitError(f"it cannot be run ({error.strerror}).", hint="Install git.") from error
        try:
            out, said = process.communicate(text.encode(), timeout=self._seconds)
        except subprocess.TimeoutExpired:
            raise GitError(f"it did not answer within {self._seconds:g} s.") from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        return process.returncode, out.decode("utf-8", "replace"), _first_line(said.decode("utf-8", "replace"))


def _first_line(said: str) -> str:
    """Give what matters in what git said: its first complaint, without a password that stands in an address."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = next((line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))), "") or "".join(lines[:1])
    return one_line(_CREDENTIALS.sub("", wrong))[:200].rstrip(".")
