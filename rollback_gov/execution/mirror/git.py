"""``git:REF``: a ref in the repository of the plan, pushed to its remote. Work tree and index are never touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rollback_gov.execution.mirror.interface import Diverged, MirrorError
from rollback_gov.execution.store import FILE
from rollback_gov.git import Git, GitError


class GitMirror:
    """Each batch is a commit whose only file is the whole journal so far."""

    linger = 0.5

    def __init__(self, prefix: str, run: str, *, root: Path, environ: Mapping[str, str]) -> None:
        full = prefix if prefix.startswith("refs/") else f"refs/{prefix or 'rollback-gov'}"
        self.ref = f"{full.rstrip('/')}/{run}"
        self.name = f"git:{self.ref}"
        self._git = Git(root, environ)
        self._run = run

    def read(self) -> bytes:
        """Fetch the ref where there is a remote, and give the journal in it."""
        with _as_mirror():
            if remote := self._git.remote():
                self._git.fetch(remote, self.ref)
            return self._git.run("cat-file", "blob", f"{self.ref}:{FILE}") if self._git.tip(self.ref) else b""

    def write(self, journal: bytes, *, held: int) -> None:
        """Commit the whole journal upon the ref, and push it. A push that was refused is not forced."""
        with _as_mirror():
            tree = self._git.ask("mktree", text=f"100644 blob {self._git.blob(journal)}\t{FILE}\n".encode())
            tip = self._git.tip(self.ref)
            if not tip or self._git.ask("rev-parse", f"{tip}^{{tree}}") != tree:
                events = journal.count(b"\n")
                message = f"{self._run}: {events} events"
                self._git.move(self.ref, self._git.commit(tree, message, parent=tip), before=tip)
            if remote := self._git.remote():
                self._git.push(remote, self.ref)

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _as_mirror() -> Iterator[None]:
    """Say what git said as a mirror says it."""
    try:
        yield
    except GitError as error:
        raise (Diverged if error.rejected else MirrorError)(str(error)) from error
