"""Each kind of mirror against the real thing: what was written is read back, twice is once, and strangers are seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from rollback_gov import git as git_module
from rollback_gov.execution.mirror import http as http_module
from rollback_gov.execution.mirror.address import open_mirror
from rollback_gov.execution.mirror.interface import Diverged, Mirror, MirrorError
from rollback_gov.model.errors import UsageError
from tests.execution.mirror.places import JournalServer, bare_repository, git, journal_server
from tests.servers import Postgresql, free_port, postgresql

__all__ = ["postgresql"]

LINES = b'{"seq":1,"x":"\xc3\xa4"}\n{"seq":2}\n'
MORE = LINES + b'{"seq":3}\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A work tree with a remote of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "plan.yaml").write_text("plan")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "the plan")
    git(folder, "remote", "add", "origin", str(bare_repository(tmp_path / "remote")))
    return folder


@pytest.fixture
def server() -> Iterator[JournalServer]:
    with journal_server() as running:
        yield running


Make = Callable[[], Mirror]


def cloned(remote: str, folder: Path) -> Path:
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", remote)
    return folder


@pytest.fixture(params=["git", "http", "postgresql"])
def mirror(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Give a function that opens the mirror of one run, as another machine would."""
    if request.param == "git":
        remote = git(request.getfixturevalue("repository"), "remote", "get-url", "origin")
        clones = (tmp_path / f"clone-{number}" for number in count())
        return lambda: open_mirror("git:", "run-1", root=cloned(remote, next(clones)), environ=os.environ)
    if request.param == "http":
        web: JournalServer = request.getfixturevalue("server")
        return lambda: open_mirror(f"{web.web.url}/runs", "run-1", root=Path(), environ={})
    database: Postgresql = request.getfixturevalue("postgresql")
    address = database.url(database.create_database())
    return lambda: open_mirror(address, "run-1", root=Path(), environ={})


def test_what_was_written_is_read_back(mirror: Make) -> None:
    one = mirror()
    assert one.read() == b""
    one.write(LINES, held=0)
    one.write(MORE, held=len(LINES))
    one.close()
    other = mirror()
    assert other.read() == MORE
    other.close()


def test_a_repetition_is_harmless(mirror: Make) -> None:
    one = mirror()
    one.write(LINES, held=0)
    one.write(LINES, held=0)
    one.write(MORE, held=0)
    assert one.read() == MORE
    one.close()


def test_lines_of_somebody_else_are_seen(mirror: Make) -> None:
    one, other = mirror(), mirror()
    one.write(LINES, held=0)
    assert other.read() == LINES
    other.write(LINES + b'{"seq":3,"by":"other"}\n', held=len(LINES))
    with pytest.raises(Diverged, match=r"lines of this run already|rejected"):
        one.write(MORE, held=len(LINES))
    assert other.read() == LINES + b'{"seq":3,"by":"other"}\n'
    one.close()
    other.close()


# git


def test_git_touches_neither_work_tree_nor_index_nor_branches(repository: Path) -> None:
    (repository / "plan.yaml").write_text("changed")
    (repository / "staged").write_text("new")
    git(repository, "add", "staged")
    before = git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")
    mirror = open_mirror("git:refs/rollback-gov", "run-1", root=repository, environ=os.environ)
    mirror.write(LINES, held=0)
    mirror.write(MORE, held=len(LINES))
    assert (git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")) == before
    remote = Path(git(repository, "remote", "get-url", "origin"))
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/rollback-gov/run-1"
    assert git(remote, "log", "--format=%s", "refs/rollback-gov/run-1") == "run-1: 3 events\nrun-1: 2 events"
    assert git(remote, "show", "refs/rollback-gov/run-1:journal.jsonl").encode() == MORE.rstrip(b"\n")


def test_git_needs_no_remote_and_no_identity(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_DIR": "/nowhere"}
    mirror = open_mirror("git:refs/heads/journals", "run-1", root=tmp_path, environ=environ)
    mirror.write(LINES, held=0)
    assert mirror.read() == LINES
    assert mirror.name == "git:refs/heads/journals/run-1"


def test_git_reads_what_another_clone_pushed_and_sees_its_lines(repository: Path, tmp_path: Path) -> None:
    remote = git(repository, "remote", "get-url", "origin")
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", remote, str(other))
    here = open_mirror("git:", "run-1", root=repository, environ=os.environ)
    there = open_mirror("git:", "run-1", root=other, environ=os.environ)
    here.write(LINES, held=0)
    assert there.read() == LINES
    there.write(LINES + b"theirs\n", held=len(LINES))
    with pytest.raises(Diverged, match=r"git push: .*rejected"):
        here.write(MORE, held=len(LINES))
    assert here.read() == LINES + b"theirs\n"


def test_git_that_cannot_push_says_so_and_pushes_later(repository: Path) -> None:
    remote = Path(git(repository, "remote", "get-url", "origin"))
    remote.rename(remote.with_name("away"))
    mirror = open_mirror("git:", "run-1", root=repository, environ=os.environ)
    with pytest.raises(MirrorError, match=r"git push: fatal: '.*remote' does not appear to be a git repository"):
        mirror.write(LINES, held=0)
    remote.with_name("away").rename(remote)
    mirror.write(LINES, held=0)
    assert git(remote, "rev-list", "--count", "refs/rollback-gov/run-1") == "1"


def test_git_in_a_folder_without_repository(tmp_path: Path) -> None:
    mirror = open_mirror("git:", "run-1", root=tmp_path, environ={**os.environ, "GIT_CEILING_DIRECTORIES": "/"})
    with pytest.raises(MirrorError, match="not a git repository"):
        mirror.write(LINES, held=0)


def test_git_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nsleep 60 & echo $! > pid; wait\n")
    program.chmod(0o755)
    monkeypatch.setattr(git_module, "SECONDS", 0.3)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MirrorError, match=r"git hash-object took longer than 0\.3 s"):
        open_mirror("git:", "run-1", root=tmp_path, environ=os.environ).write(LINES, held=0)


def test_git_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MirrorError, match="git cannot be run: No such file or directory"):
        open_mirror("git:", "run-1", root=tmp_path, environ=os.environ).write(LINES, held=0)


# HTTP


def test_http_sends_only_what_is_new_and_its_token(server: JournalServer) -> None:
    environ = {"ROLLBACK_GOV_JOURNAL_TOKEN": "t0ken", "OTHER": "0ther"}
    mirror = open_mirror(f"{server.web.url}/runs/", "run-1", root=Path(), environ=environ)
    mirror.write(LINES, held=0)
    mirror.write(MORE, held=len(LINES))
    assert [(request.target, request.body) for request in server.web.requests] == [
        ("/runs/run-1?offset=0", LINES),
        (f"/runs/run-1?offset={len(LINES)}", MORE[len(LINES) :]),
    ]
    assert set(server.tokens) == {"Bearer t0ken"}
    other = open_mirror(f"{server.web.url}/runs?team=a#OTHER", "run 2/x", root=Path(), environ=environ)
    other.write(LINES, held=0)
    assert server.web.requests[-1].target == "/runs/run%202%2Fx?team=a&offset=0"
    assert server.tokens[-1] == "Bearer 0ther"


def test_http_has_no_password_in_its_address() -> None:
    with pytest.raises(UsageError, match="holds a password"):
        open_mirror("https://ann:pw@host/runs", "run-1", root=Path(), environ={})
    with pytest.raises(UsageError, match="needs the environment variable TOKEN"):
        open_mirror("https://host/runs#TOKEN", "run-1", root=Path(), environ={})


def test_http_says_what_is_wrong(server: JournalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = open_mirror(server.web.url, "run-1", root=Path(), environ={})
    server.broken = True
    for call in (mirror.read, lambda: mirror.write(LINES, held=0)):
        with pytest.raises(MirrorError, match="answered 503 to"):
            call()
    server.broken = False
    for body, wrong, problem in (
        (b"no json", MirrorError, "did not confirm"),
        (b'{"size": 1}', MirrorError, "did not confirm"),
        (b'{"size": 10000}', Diverged, "has more lines"),
    ):
        server.web.raw, server.web.body = None, body
        with pytest.raises(wrong, match=problem):
            mirror.write(LINES, held=0)
    server.web.headers = {"Content-Length": "100"}
    with pytest.raises(MirrorError, match=r"cannot be reached|does not speak HTTP"):
        mirror.read()
    server.web.raw = lambda handler: handler.wfile.write(b"nonsense\r\n\r\n")  # type: ignore[assignment]
    with pytest.raises(MirrorError, match="does not speak HTTP"):
        mirror.read()
    monkeypatch.setattr(http_module, "SECONDS", 0.3)
    server.web.raw = lambda handler: handler.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    with pytest.raises(MirrorError, match=r"did not answer within 0\.3 s"):
        mirror.read()
    dead = open_mirror(f"http://127.0.0.1:{free_port()}", "run-1", root=Path(), environ={})
    with pytest.raises(MirrorError, match="cannot be reached: Connection refused"):
        dead.read()


# PostgreSQL


def test_postgresql_shows_no_password_and_comes_back(postgresql: Postgresql) -> None:
    database = postgresql.create_database()
    address = postgresql.url(database).replace("postgres@", "postgres:s3cret@")
    mirror = open_mirror(address, "run-1", root=Path(), environ={})
    assert "s3cret" not in mirror.name
    mirror.write(LINES, held=0)
    postgresql.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    with pytest.raises(MirrorError, match="terminat"):
        mirror.write(MORE, held=len(LINES))
    mirror.write(MORE, held=len(LINES))
    assert mirror.read() == MORE
    mirror.close()


def test_postgresql_in_a_database_where_only_the_table_may_be_written(postgresql: Postgresql) -> None:
    database = postgresql.create_database()
    maker = open_mirror(postgresql.url(database), "run-0", root=Path(), environ={})
    maker.write(LINES, held=0)
    maker.close()
    user = f"writer_{os.getpid()}"
    postgresql.query(
        f"CREATE ROLE {user} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
        f"GRANT SELECT, INSERT ON rollback_gov_mirror TO {user}",
        database,
    )
    mirror = open_mirror(postgresql.url(database, user=user), "run-1", root=Path(), environ={})
    mirror.write(LINES, held=0)
    assert mirror.read() == LINES
    mirror.close()


def test_postgresql_that_is_not_there(tmp_path: Path) -> None:
    mirror = open_mirror(f"postgresql://ann@127.0.0.1:{free_port()}/x", "run-1", root=Path(), environ={})
    with pytest.raises(MirrorError, match="refused"):
        mirror.read()
    script = """
import sys
sys.modules["psycopg"] = None
from pathlib import Path
from rollback_gov.execution.mirror.address import open_mirror
from rollback_gov.model.errors import UsageError
try:
    open_mirror("postgresql://host/x", "run-1", root=Path(), environ={})
except UsageError as error:
    print(error, error.hint)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "A journal mirror in PostgreSQL needs psycopg, which is not installed. "
        "pip install 'rollback-gov[distributed]'\n"
    )


@pytest.mark.parametrize("address", ["ftp://host/x", "nonsense", "https:host", "postgresql:x", ":"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError, match="There is no journal mirror of the kind") as wrong:
        open_mirror(address, "run-1", root=Path(), environ={})
    assert "git:REF" in wrong.value.hint
