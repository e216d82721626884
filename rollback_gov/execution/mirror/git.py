"""``git:REF``: a ref in the repository of the plan, pushed to its remote. Work tree and index are never touched."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rollback_gov.execution.mirror.interface import Diverged, MirrorError
from rollback_gov.execution.store import FILE

SECONDS = 25.0
"""For one git command; a push over a dead network would take minutes."""
_NOT_OURS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "rollback-gov"), ("EMAIL", "rollback-gov@localhost"))
}


class GitMirror:
    """Each batch is a commit whose only file is the whole journal so far."""

    linger = 0.5

    def __init__(self, prefix: str, run: str, *, root: Path, environ: Mapping[str, str]) -> None:
        full = prefix if prefix.startswith("refs/") else f"refs/{prefix or 'rollback-gov'}"
        self.ref = f"{full.rstrip('/')}/{run}"
        self.name = f"git:{self.ref}"
        self._root = root
        self._run = run
        inherited = {name: value for name, value in environ.items() if name not in _NOT_OURS}
        self._environ = {**inherited, **_IDENTITY, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def read(self) -> bytes:
        """Fetch the ref where there is a remote, and give the journal in it."""
        remote = self._remote()
        if remote and self._git("ls-remote", remote, self.ref):
            self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, f"+{self.ref}:{self.ref}")
        return self._git("cat-file", "blob", f"{self.ref}:{FILE}") if self._tip() else b""

    def write(self, journal: bytes, *, held: int) -> None:
        """Commit the whole journal upon the ref, and push it. A push that was refused is not forced."""
        blob = self._git("hash-object", "-w", "--stdin", text=journal).decode().strip()
        tree = self._git("mktree", text=f"100644 blob {blob}\t{FILE}\n".encode()).decode().strip()
        tip = self._tip()
        if not tip or self._git("rev-parse", f"{tip}^{{tree}}").decode().strip() != tree:
            count = journal.count(b"\n")
            message = f"{self._run}: {count} events"
            parent = ("-p", tip) if tip else ()
            commit = self._git("commit-tree", tree, *parent, "-m", message).decode().strip()
            self._git("update-ref", self.ref, commit, tip or "0" * len(commit))
        remote = self._remote()
        if remote:
            self._git("-c", "core.hooksPath=/dev/null", "push", "--quiet", remote, f"{self.ref}:{self.ref}")

    def close(self) -> None:
        """Nothing is held."""

    def _tip(self) -> str:
        """Give the commit that the ref names; empty where there is none."""
        return self._git("for-each-ref", "--format=%(objectname)", self.ref).decode().strip()

    def _remote(self) -> str:
        """``origin``, or the only remote; empty where there is none."""
        remotes = self._git("remote").decode().split()
        return "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else ""

    def _git(self, *words: str, text: bytes = b"") -> bytes:
        command = ["git", "-C", str(self._root), *words]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,  # Ctrl-C is for the run
            )
        except OSError as error:
            raise MirrorError(f"git cannot be run: {error.strerror}.") from error
        try:
            out, said = process.communicate(text, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise MirrorError(f"git {words[0]} took longer than {SECONDS:g} s.") from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode:
            raise _failure(words, said.decode("utf-8", "replace"))
        return out


def _failure(words: tuple[str, ...], said: str) -> MirrorError:
    """Say what git said, in its last line that says something."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    kind = Diverged if "non-fast-forward" in said or "fetch first" in said else MirrorError
    verb = next(word for word in words if not word.startswith("-") and "=" not in word)
    wrong = next((line for line in lines if "rejected" in line or line.startswith(("fatal:", "error:"))), "")
    return kind(f"git {verb}: {wrong or ' '.join(lines[-1:]) or 'it failed and said nothing'}")
