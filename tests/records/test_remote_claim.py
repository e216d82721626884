"""The single use at a remote: of however many who try, one makes the ref."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rollback_gov.git import Git, GitError
from rollback_gov.model.errors import Refused
from rollback_gov.records.remote_claim import REFS, claim_at_remote
from tests.conftest import ROOT

PERMIT, OTHER = "a" * 64, "b" * 64
ENVIRON = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
MANY = 50
CLAIM = """
import os, pathlib, sys
kind, folder, results, many = sys.argv[1:]
from rollback_gov.records.claim import claim
from rollback_gov.git import Git
from rollback_gov.records.remote_claim import claim_at_remote
gate, go = os.pipe()
for number in range(int(many)):
    if os.fork() == 0:
        os.close(go)
        os.read(gate, 1)  # until the last end of the pipe is closed: all begin at once
        name, place = f"deployer-{number}", pathlib.Path(folder)
        if kind == "remote":
            said = claim_at_remote(Git(place, os.environ), "origin", "a" * 64, by=name, at="now")
        else:
            said = claim(place, "a" * 64, by=name, at="now")
        (pathlib.Path(results) / name).write_text(said)
        os._exit(0)
os.close(go)
sys.exit(max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(int(many))))
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRON, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    folder = tmp_path / "remote.git"
    folder.mkdir()
    git(folder, "init", "--quiet", "--bare")
    return folder


def clone(tmp_path: Path, name: str = "clone", url: str = "") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", url or f"file://{tmp_path}/remote.git")
    return folder


def claim(folder: Path, by: str = "ada", sha256: str = PERMIT, environ: dict[str, str] | None = None) -> str:
    git = Git(folder, environ or ENVIRON, seconds=20)
    return claim_at_remote(git, "origin", sha256, by=by, at="2025-12-09T12:00:00Z")


def test_the_first_gets_it_and_the_others_hear_who_did(tmp_path: Path, remote: Path) -> None:
    here, there = clone(tmp_path), clone(tmp_path, "other")
    assert claim(here) == ""
    assert claim(there, "grace") == "by ada at 2025-12-09T12:00:00Z"
    assert claim(here, "ada") == "by ada at 2025-12-09T12:00:00Z", "not even the same person twice"
    assert claim(there, "grace", OTHER) == ""
    refs = git(remote, "for-each-ref", "--format=%(refname)").split()
    assert refs == [f"{REFS}/{PERMIT}", f"{REFS}/{OTHER}"]


def test_a_claim_that_cannot_be_read_is_a_use(tmp_path: Path, remote: Path) -> None:
    here = clone(tmp_path)
    tree = git(here, "hash-object", "-w", "-t", "tree", os.devnull).strip()
    commit = git(here, "-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", tree, "-m", "no JSON").strip()
    git(here, "push", "--quiet", "origin", f"{commit}:{REFS}/{PERMIT}")
    assert claim(here) == "by somebody (the claim cannot be read)"


def test_a_remote_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    here = clone(tmp_path, url="http://ada:hunter2@127.0.0.1:9/shop.git")
    with pytest.raises(Refused, match="so it is not given: git push: fatal: unable to access") as no:
        claim(here)
    assert "hunter2" not in str(no.value)
    assert "fails closed" in no.value.hint


def test_a_remote_that_takes_no_push_gives_nothing(tmp_path: Path, remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Refused, match="could not be taken at origin, so it is not given: git push: "):
        claim(clone(tmp_path))


def bin_with(tmp_path: Path, script: str) -> dict[str, str]:
    """Give variables under which ``git`` is this script; REAL is the real one."""
    path = tmp_path / "bin" / "git"
    path.parent.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    path.write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
    path.chmod(0o755)
    return {**ENVIRON, "PATH": f"{path.parent}{os.pathsep}{ENVIRON['PATH']}"}


def test_a_push_whose_answer_was_lost_is_looked_up(tmp_path: Path, remote: Path) -> None:
    hung_up = '"$REAL" "$@"; echo "fatal: the remote end hung up" >&2; exit 128'
    lost = bin_with(tmp_path, f'case "$*" in *" push "*) {hung_up};; esac\nexec "$REAL" "$@"')
    assert claim(clone(tmp_path), environ=lost) == ""
    assert claim(clone(tmp_path, "other")) == "by ada at 2025-12-09T12:00:00Z"


def test_a_git_that_hangs_or_is_missing_gives_nothing(tmp_path: Path, remote: Path) -> None:
    here = clone(tmp_path)
    hanging = bin_with(tmp_path, 'case "$*" in *" push "*) exec sleep 60;; esac\nexec "$REAL" "$@"')
    with pytest.raises(Refused, match="git push took longer than"):
        claim_at_remote(Git(here, hanging, seconds=0.5), "origin", PERMIT, by="ada", at="now")
    with pytest.raises(Refused, match="git cannot be run"):
        claim(here, environ={"PATH": str(tmp_path / "empty")})


def test_git_says_why_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git log: fatal: not a git repository"):
        Git(tmp_path, ENVIRON).ask("log")
    silent = bin_with(tmp_path, "exit 3")
    with pytest.raises(GitError, match="it failed"):
        Git(tmp_path, silent).ask("log")


@pytest.mark.parametrize("kind", ["local", "remote"])
def test_of_fifty_processes_exactly_one_wins(tmp_path: Path, remote: Path, kind: str) -> None:
    folder, results = clone(tmp_path), tmp_path / "results"
    results.mkdir()
    command = [sys.executable, "-c", CLAIM, kind, str(folder), str(results), str(MANY)]
    subprocess.run(command, env={**ENVIRON, "PYTHONPATH": str(ROOT)}, check=True, timeout=120)
    said = {path.name: path.read_text() for path in results.iterdir()}
    assert len(said) == MANY
    (winner,) = (name for name, text in said.items() if not text)
    unreadable = "by somebody (the claim cannot be read)"  # by who looks while the winner still writes
    assert set(said.values()) <= {"", f"by {winner} at now", unreadable}
