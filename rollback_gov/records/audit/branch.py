"""The log in git: a branch of its own. A push that is refused, because somebody was faster, is the compare-and-swap.

Each commit adds lines to the last of its files ``log/000001.jsonl``, ``log/000002.jsonl``, …, of a thousand lines
each, so that a commit costs the same however long the log is. Work tree and index are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import uniform

from rollback_gov.git import Git, GitError
from rollback_gov.records.audit.entry import BRANCH, Entry, Head
from rollback_gov.records.audit.log import LogError, LostError, head_of, written
from rollback_gov.records.errors import RecordError

LINES = 1_000
"""In one file."""
_TOGETHER = 8
"""Files that are read at once: few programs are started, and memory stays flat."""
_FILE = re.compile(r"100644 blob ([0-9a-f]+)\tlog/(\d{6}\.jsonl)")
ATTEMPTS = 12


class BranchLog:
    """A branch of the repository around a folder, and of its remote where it has one: then the remote's is the log.

    ``offline`` reads what this clone saw last.
    """

    def __init__(
        self,
        root: Path,
        environ: Mapping[str, str],
        *,
        branch: str = BRANCH,
        offline: bool = False,
        sleep: Callable[[float], None] = lambda _: None,
        seconds: float | None = None,
    ) -> None:
        self.ref = f"refs/heads/{branch}"
        self.name = f"the branch {branch}"
        self._git = Git(root, environ, seconds=seconds)
        self._offline = offline
        self._sleep = sleep

    def blocks(self) -> Iterator[bytes]:
        """Give the content of each file, as the remote has it now where there is one."""
        with self._as_log():
            blobs = tuple(self._blobs(self._newest()).values())
        for start in range(0, len(blobs), _TOGETHER):
            names = blobs[start : start + _TOGETHER]
            with self._as_log():
                contents = self._git.blobs(names)
            yield from (contents[name] for name in names)

    def head(self) -> Head:
        """Read the last line."""
        with self._as_log():
            return self._end(self._blobs(self._newest()))[0]

    def append(self, entries: Sequence[Entry]) -> Head:
        """Commit the lines upon the branch and push it; begin anew each time somebody else was faster."""
        for attempt in range(ATTEMPTS):
            try:
                return self._append(entries)
            except GitError as error:
                if not error.rejected or attempt + 1 == ATTEMPTS:
                    raise self._unreachable(error) from error
            self._sleep(uniform(0, 0.1 * 2 ** min(attempt, 5)))
        raise AssertionError("the last attempt returns or raises")

    def _append(self, entries: Sequence[Entry]) -> Head:
        tip = self._newest()
        blobs = self._blobs(tip)
        before, content = self._end(blobs)
        lines, head = written(entries, before)
        tree = self._tree(blobs, content + lines)
        commit = self._git.commit(tree, f"{len(entries)} entries, head {head}", parent=tip)
        remote = self._git.remote()
        if not remote:
            self._git.move(self.ref, commit, before=tip)
            return head
        self._git.push(remote, self.ref, commit)
        with suppress(GitError):  # it is in the log; a reader of this clone may move the ref at the same time
            self._git.move(self.ref, commit, before=self._git.tip(self.ref))
        return head

    def _tree(self, blobs: Mapping[str, str], end: bytes) -> str:
        """Write the last file anew, and files after it where it has too many lines."""
        names = dict(blobs)
        number = max(len(names), 1)
        rows = end.splitlines(keepends=True)
        for start in range(0, len(rows), LINES):
            name = f"{number + start // LINES:06d}.jsonl"
            names[name] = self._git.blob(b"".join(rows[start : start + LINES]))
        listing = "".join(f"100644 blob {blob}\t{name}\n" for name, blob in names.items())
        folder = self._git.ask("mktree", text=listing.encode())
        return self._git.ask("mktree", text=f"040000 tree {folder}\tlog\n".encode())

    def _end(self, blobs: Mapping[str, str]) -> tuple[Head, bytes]:
        """Give the head, and the content of the last file."""
        if not blobs:
            return Head(), b""
        name, blob = max(blobs.items())
        content = self._git.run("cat-file", "blob", blob)
        return head_of(content.rstrip(b"\n").rpartition(b"\n")[2], f"{self.name}, log/{name}"), content

    def _blobs(self, tip: str) -> dict[str, str]:
        """Give the log's files, in order, with the object that holds each.

        Raises RecordError for a branch that holds no log, or something else among the log's files.
        """
        if not tip:
            return {}
        rows = self._git.run("ls-tree", "-r", "-z", "--full-tree", tip).decode("utf-8", "replace").split("\0")
        log = [row for row in rows if row.partition("\t")[2].partition("/")[0] == "log"]
        found = [(match[2], match[1]) for match in map(_FILE.fullmatch, log) if match]
        names = [f"{number:06d}.jsonl" for number in range(1, len(log) + 1)]
        if not log or [name for name, _ in found] != names:
            raise RecordError(f"{self.name} is no audit log: in its folder log are not the files 000001.jsonl and on.")
        return dict(found)

    def _newest(self) -> str:
        """Give the commit at the end of the log: the remote's, where there is one, and remember it as seen.

        Raises LostError where the remote has lost what this clone has seen: whoever can rewrite the branch cannot
        rewrite every clone.
        """
        known = self._git.tip(self.ref)
        if self._offline and known:
            return known
        remote = self._git.remote()
        if not remote:
            return known
        if self._offline:  # a plain clone has it as the remote's branch only
            return self._git.tip(f"refs/remotes/{remote}/{self.ref.removeprefix('refs/heads/')}")
        seen = f"refs/rollback-gov/{self.ref.removeprefix('refs/heads/')}"
        newest = self._git.tip(seen) if self._git.fetch(remote, self.ref, seen) else ""
        if known != newest and not self._holds(newest, known):
            raise LostError(
                f"The audit log ({self.name} of {remote}) lacks entries that this clone has seen: its end was cut off, "
                f"or it was written anew.",
                hint=f"Compare {self.ref} here with the remote's before anybody writes to it. "
                f"Where {remote} never had it, begin it there: git push {remote} {self.ref}",
            )
        if known != newest:
            with suppress(GitError):  # whoever was faster has looked as closely
                self._git.move(self.ref, newest, before=known)
        return newest

    def _holds(self, newest: str, known: str) -> bool:
        """Tell whether the log at one commit goes on where that at another ended.

        That the commit follows is not enough: one that takes lines away can be pushed without force.
        """
        if not known:
            return True
        if not newest or self._git.ask("rev-list", "--max-count=1", known, f"^{newest}"):
            return False
        old, new = self._blobs(known), self._blobs(newest)
        *whole, last = old.items()
        if not set(whole) <= new.items() or last[0] not in new:
            return False
        before, after = (self._git.run("cat-file", "blob", blob) for blob in (last[1], new[last[0]]))
        return after.startswith(before)

    @contextmanager
    def _as_log(self) -> Iterator[None]:
        try:
            yield
        except GitError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: GitError) -> LogError:
        return LogError(f"The audit log ({self.name}) cannot be reached: {error}", hint=error.hint)
