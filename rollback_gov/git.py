"""git, asked so that the answer hangs on nobody's settings: no hooks, no questions, no translation, an end in time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rollback_gov.model.errors import RollbackGovError

SECONDS = 25.0
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
"""Variables that would make git speak of another repository than the one that is meant."""
_ALONE = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "rollback-gov"), ("EMAIL", "rollback-gov@localhost"))
}


_CREDENTIALS = re.compile(r"(?<=://)[^@/\s]*@")
_KINDS = ("blob", "commit", "tag", "tree")
_LEADS_NOWHERE = ("symlink", "dangling", "loop", "notdir")
"""What git says, with a name of that many bytes behind it, of a link that leaves the commit or a path that is none."""
_OPTIONS = ("--literal-pathspecs", "-c", "core.hooksPath=/dev/null")


_CO_AUTHOR = re.compile(r"^co-authored-by:\s*(.*?)\s*<([^<>]*)>", re.IGNORECASE | re.MULTILINE)


def co_authors(message: str) -> tuple[str, ...]:
    """Give names and addresses of those whom a commit's message names as co-authors."""
    return tuple(part for pair in _CO_AUTHOR.findall(message) for part in pair)


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """In a job of GitHub Actions, let git alone show the job's token, to GitHub alone.

    So the checkout need not keep it on the disk, where everything that the job runs could read it. The empty value
    takes back what a checkout kept all the same: GitHub refuses two such headers.
    """
    server, token = environ.get("GITHUB_SERVER_URL", ""), environ.get("GITHUB_TOKEN", "")
    if environ.get("GITHUB_ACTIONS") != "true" or not server or not token:
        return {}
    shown = b64encode(f"x-access-token:{token}".encode()).decode()
    given = environ.get("GIT_CONFIG_COUNT", "")
    name, count = f"http.{server}/.extraheader", int(given) if given.isdecimal() else 0
    values = ("", f"AUTHORIZATION: basic {shown}")
    settings = {f"GIT_CONFIG_KEY_{count + place}": name for place in range(len(values))}
    settings |= {f"GIT_CONFIG_VALUE_{count + place}": value for place, value in enumerate(values)}
    return {**settings, "GIT_CONFIG_COUNT": str(count + len(values))}


class GitError(RollbackGovError):
    """git could not do it. The message is "git VERB: " and the line that matters of what it said, without passwords."""

    rejected = False
    """A push came too late: the remote's ref has moved."""


class Object(NamedTuple):
    """An object of git's: its kind (``blob``, ``commit`` …), its content, and the line in which git told of it."""

    kind: str
    content: bytes
    told: str


class Git:
    """The repository around a folder. Plumbing only: work tree and index are never touched.

    A command may take ``seconds`` (25 unless given); one over a dead network would take minutes.
    """

    def __init__(self, root: Path, environ: Mapping[str, str], *, seconds: float | None = None) -> None:
        self._root = root
        self._seconds = SECONDS if seconds is None else seconds
        inherited = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
        self._environ = {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes", **inherited, **_IDENTITY, **_ALONE}
        self._environ |= _credentials(environ)

    def tip(self, ref: str) -> str:
        """Give the commit that a full ref names; empty where there is none."""
        return self.ask("for-each-ref", "--format=%(objectname)", ref)

    def remote(self) -> str:
        """``origin``, or the only remote; empty where there is none."""
        remotes = self.ask("remote").split()
        return "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else ""

    def fetch(self, remote: str, ref: str, into: str = "") -> bool:
        """Take a ref over from a remote, under the name ``into`` where that is given. False where it has none."""
        if not self.run("ls-remote", remote, ref):
            return False
        refspec = f"+{ref}:{into or ref}"
        self.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, refspec)
        return True

    def push(self, remote: str, ref: str, commit: str = "") -> None:
        """Push a ref, or a commit as that ref, never by force. Raises GitError: ``rejected`` if another was faster."""
        self.run("push", "--quiet", remote, f"{commit or ref}:{ref}")

    def blobs(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Give the contents of objects by their ids, all at once. Raises GitError for one that is not there."""
        found = self.objects(ids)
        for each in ids:
            if not found[each].kind:
                raise GitError(f"git cat-file: {found[each].told}.")
        return {name: one.content for name, one in found.items()}

    def objects(self, names: Sequence[str], *, follow: bool = False) -> dict[str, Object]:
        """Give objects by their names, all at once; of a kind that is empty where there is none.

        ``follow``: a link in ``COMMIT:PATH`` is followed inside the commit.
        """
        asked = [name for name in names if "\n" not in name]
        words = ("cat-file", "--batch", *(("--follow-symlinks",) if follow else ()))
        rest = self.run(*words, text="".join(f"{name}\n" for name in asked).encode()) if asked else b""
        found = {name: Object("", b"", "missing") for name in names}
        for name in asked:
            head, _, rest = rest.partition(b"\n")
            told = head.decode("utf-8", "replace")
            *_, kind, size = ["", *told.split(" ")]
            if kind in (*_KINDS, *_LEADS_NOWHERE) and size.isdecimal():
                content, rest = rest[: int(size)], rest[int(size) + 1 :]
                found[name] = Object(kind, content, told) if kind in _KINDS else Object("", b"", told)
            else:
                found[name] = Object("", b"", told)
        return found

    def blob(self, content: bytes) -> str:
        """Write content as an object and give its id."""
        return self.ask("hash-object", "-w", "--stdin", text=content)

    def commit(self, tree: str, message: str, *, parent: str = "") -> str:
        """Make a commit of a tree, upon another where there is one, and give it. No ref names it yet."""
        return self.ask("commit-tree", tree, *(("-p", parent) if parent else ()), "-m", message)

    def move(self, ref: str, commit: str, *, before: str) -> None:
        """Let a ref name a commit. Raises GitError, which is ``rejected``, unless it named ``before`` (or nothing)."""
        self.run("update-ref", ref, commit, before or "0" * len(commit))

    def ask(self, *words: str, text: bytes = b"") -> str:
        """Give what a command prints, as text without the line feed at its end."""
        return self.run(*words, text=text).decode("utf-8", "replace").strip()

    def run(self, *words: str, text: bytes = b"") -> bytes:
        """Run one command with ``text`` as its input and give what it prints. Raises GitError."""
        try:
            process = subprocess.Popen(
                ["git", "-C", str(self._root), *_OPTIONS, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,  # Ctrl-C is for whoever asked
            )
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}.", hint="Install git.") from error
        try:
            out, said = process.communicate(text, timeout=self._seconds)
        except subprocess.TimeoutExpired:
            raise GitError(f"git {_verb(words)} took longer than {self._seconds:g} s.") from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode:
            raise _failure(words, said.decode("utf-8", "replace"))
        return out


def _failure(words: tuple[str, ...], said: str) -> GitError:
    """Say what git said, in its last line that says something."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    wrong = next((line for line in lines if "rejected" in line or line.startswith(("fatal:", "error:"))), "")
    told = _CREDENTIALS.sub("", wrong or " ".join(lines[-1:]) or "it failed and said nothing")
    plain = "".join(character if character.isprintable() else " " for character in told[:300])
    error = GitError(f"git {_verb(words)}: {plain}")
    error.rejected = "non-fast-forward" in said or "fetch first" in said or "cannot lock ref" in said
    return error


def _verb(words: tuple[str, ...]) -> str:
    return next(word for word in words if not word.startswith("-") and "=" not in word)
