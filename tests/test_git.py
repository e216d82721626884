"""git, asked: refs, commits that nobody else overwrites, and errors in git's own words."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rollback_gov.git import Git, GitError

REF = "refs/heads/log"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository with a remote that is empty."""
    for words in (["init", "--quiet", "--bare", "remote"], ["init", "--quiet", "here"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    subprocess.run(["git", "remote", "add", "origin", "../remote"], cwd=tmp_path / "here", check=True)
    return Git(tmp_path / "here", os.environ)


def tree(git: Git, content: bytes) -> str:
    return git.ask("mktree", text=f"100644 blob {git.blob(content)}\tlog\n".encode())


def write(git: Git, content: bytes) -> None:
    tip = git.tip(REF)
    git.move(REF, git.commit(tree(git, content), content.decode(), parent=tip), before=tip)


def test_a_commit_goes_upon_a_ref_and_to_the_remote(git: Git) -> None:
    assert git.tip(REF) == ""
    assert not git.fetch("origin", REF)
    write(git, b"one")
    write(git, b"two")
    git.push(git.remote(), REF)
    assert git.fetch("origin", REF, "refs/there")
    assert git.tip("refs/there") == git.tip(REF)
    assert git.ask("rev-list", "--count", REF) == "2"
    assert git.ask("log", "-1", "--format=%an <%ae> %s", REF) == "rollback-gov <rollback-gov@localhost> two"


def test_a_push_that_comes_too_late_is_rejected(git: Git) -> None:
    write(git, b"one")
    git.push("origin", REF)
    git.run("update-ref", "-d", REF)
    write(git, b"two")
    with pytest.raises(GitError, match=r"^git push: .*rejected") as caught:
        git.push("origin", REF)
    assert caught.value.rejected


def test_a_ref_that_has_moved_meanwhile_is_left_where_it_is(git: Git) -> None:
    first = git.commit(tree(git, b"one"), "one")
    write(git, b"two")
    with pytest.raises(GitError, match=r"^git update-ref: fatal: .*cannot lock ref") as caught:
        git.move(REF, first, before="")
    assert caught.value.rejected


def test_a_remote_that_is_away_is_not_a_rejection(git: Git, tmp_path: Path) -> None:
    (tmp_path / "remote").rename(tmp_path / "away")
    write(git, b"one")
    with pytest.raises(GitError, match=r"^git push: fatal: ") as caught:
        git.push("origin", REF)
    assert not caught.value.rejected


def test_the_remote_is_origin_or_the_only_one(git: Git) -> None:
    assert git.remote() == "origin"
    git.run("remote", "rename", "origin", "upstream")
    assert git.remote() == "upstream"
    git.run("remote", "add", "fork", "../fork")
    assert git.remote() == ""


def test_several_objects_are_read_at_once(git: Git) -> None:
    contents = [b"one\n", b"", b"\x00\nthree"]
    ids = [git.blob(each) for each in contents]

    assert git.blobs(ids) == dict(zip(ids, contents, strict=True))


def test_an_object_that_is_not_there(git: Git) -> None:
    with pytest.raises(GitError, match="git cat-file: 0000000000000000000000000000000000000000 missing"):
        git.blobs(["0" * 40])


def test_objects_are_read_by_their_names_whatever_leads_nowhere_between_them(git: Git, tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "folder").mkdir()
    (here / "folder" / "a b").write_text("content 7\n")
    for name, target in (("good", "folder/a b"), ("out", "/etc/passwd"), ("dead", "nothing"), ("round", "round")):
        (here / name).symlink_to(target)
    git.run("add", "--all")
    git.run("commit", "--quiet", "--message", "x")
    names = [f"HEAD:{name}" for name in ("out", "good", "dead", "round", "good/x", "none", "two\nlines", "folder/a b")]
    found = git.objects([*names, "HEAD"], follow=True)
    assert [found[name].kind for name in names] == ["", "blob", "", "", "", "", "", "blob"]
    assert found["HEAD:good"].content == found["HEAD:folder/a b"].content == b"content 7\n"
    assert found["HEAD"].kind == "commit"
    assert git.objects(["HEAD:good"])["HEAD:good"].content == b"folder/a b", "a link is one unless it is to be followed"
    assert git.objects(["two\nlines"])["two\nlines"].kind == ""


@pytest.mark.parametrize("kept", [True, False], ids=["the checkout kept a token", "the checkout kept none"])
def test_in_a_job_git_alone_shows_the_token_to_github_alone(git: Git, tmp_path: Path, kept: bool) -> None:
    """A server that notes what it is shown; git asks it twice, here as "GitHub" and there as any other."""
    shown: list[list[str]] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers.get_all("Authorization") or [])
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        github, other = (f"http://{host}:{server.server_port}" for host in ("127.0.0.1", "localhost"))
        if kept:
            git.run("config", f"http.{github}/.extraheader", "AUTHORIZATION: basic b2xk")
        job = os.environ | {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": github, "GITHUB_TOKEN": "s3cret-token"}
        for address in (github, other):
            with pytest.raises(GitError):
                Git(tmp_path / "here", job).run("ls-remote", f"{address}/acme/shop")
        server.shutdown()
    assert shown[0] == ["basic " + b64encode(b"x-access-token:s3cret-token").decode()]
    assert shown[-1] == []


def test_settings_that_the_surroundings_give_git_stay(git: Git, tmp_path: Path) -> None:
    given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "own.key", "GIT_CONFIG_VALUE_0": "kept"}
    job = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_TOKEN": "s3cret-token"}
    inside = Git(tmp_path / "here", os.environ | given | job)
    assert inside.ask("config", "own.key") == "kept"
    assert "s3cret" not in inside.ask("config", "--get-all", "http.https://github.com/.extraheader")


def test_a_count_of_settings_that_is_no_number_counts_as_none(tmp_path: Path) -> None:
    job = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_TOKEN": "s3cret-token"}
    inside = Git(tmp_path, os.environ | {"GIT_CONFIG_COUNT": "many"} | job)
    assert inside.ask("config", "--get", "http.https://github.com/.extraheader").startswith("AUTHORIZATION: basic ")
