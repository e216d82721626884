"""Branches with commits upon them, and files that are read and written one at a time."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from tests.github.hub.commits import Commit
from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, Hub, RefusalError, Repository, answers

MAIN = "main"
LARGEST = 1_000_000
"""Of a larger file the content is left out."""


@dataclass
class Snapshot:
    """A commit upon a branch, with all files as they were then."""

    sha: str
    message: str
    parent: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


def blob_sha(content: bytes) -> str:
    """Give the id of a file's content, as git does."""
    return sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def branches(repository: Repository) -> dict[str, str]:
    """Give the branches; the first of every repository is there from the beginning."""
    if not repository.branches:
        repository.snapshots["b" * 40] = Snapshot("b" * 40, "Begin")
        repository.branches[MAIN] = "b" * 40
    return repository.branches


def commit(repository: Repository, branch: str, path: str, content: bytes | None, message: str = "by a person") -> str:
    """Put a file upon a branch, or take it away: what a person does, or we."""
    before = repository.snapshots[branches(repository)[branch]]
    files = {**before.files, path: content or b""}
    if content is None:
        del files[path]
    sha = sha1(f"{before.sha} {path} {content!r} {len(repository.snapshots)}".encode()).hexdigest()
    repository.snapshots[sha] = Snapshot(sha, message, before.sha, files)
    repository.branches[branch] = sha
    return sha


def text_on(repository: Repository, branch: str, path: str) -> str:
    """Give a file as a branch has it."""
    return repository.snapshots[branches(repository)[branch]].files[path].decode()


def commits_of(repository: Repository, ref: str, path: str) -> list[Commit]:
    """Give the commits that changed a file, the newest first."""
    found, at = [], repository.snapshots.get(branches(repository).get(ref, ref))
    while at is not None:
        parent = repository.snapshots.get(at.parent)
        if at.files.get(path) != (parent.files.get(path) if parent else None):
            found.append(Commit(at.sha, "github-actions[bot]", message=at.message))
        at = parent
    return found


@answers("git/get-ref")
def get_ref(hub: Hub, call: Call) -> Answer:
    """Give a tag or a branch of exactly this name."""
    repository, ref = hub.found(call), call.values["ref"]
    kind, _, name = ref.partition("/")
    sha = branches(repository).get(name, "") if kind == "heads" else "c" * 40 if name in repository.tags else ""
    if not sha:
        raise RefusalError(404, "Not Found")
    return 200, _ref(hub, repository, ref, sha)


def _ref(hub: Hub, repository: Repository, ref: str, sha: str) -> dict[str, Any]:
    there = f"{address(hub, repository)}/git"
    target = {"type": "commit", "sha": sha, "url": f"{there}/commits/{sha}"}
    return {"ref": f"refs/{ref}", "url": f"{there}/refs/{ref}", "object": target}


@answers("git/create-ref")
def create_ref(hub: Hub, call: Call) -> Answer:
    """Make a branch, where there is none of its name."""
    repository, ref, sha = hub.found(call), call.body["ref"], call.body["sha"]
    hub.demand("contents")
    name = ref.removeprefix("refs/heads/")
    if name == ref or ".." in name or name.endswith((".lock", "/", ".")):
        raise RefusalError(422, "Reference name is not valid")
    if name in branches(repository):
        raise RefusalError(422, "Reference already exists")
    if sha not in repository.snapshots:
        raise RefusalError(422, "Object does not exist")
    repository.branches[name] = sha
    return 201, _ref(hub, repository, f"heads/{name}", sha)


@answers("repos/get-content")
def get_content(hub: Hub, call: Call) -> Answer:
    """Give one file."""
    repository, path = hub.found(call), call.values["path"]
    ref = call.query.get("ref", MAIN)
    snapshot = repository.snapshots.get(branches(repository).get(ref, ref))
    if snapshot is None:
        raise RefusalError(404, f"No commit found for the ref {ref}")
    if path not in snapshot.files:
        raise RefusalError(404, "Not Found")
    return 200, _file(hub, repository, path, snapshot.files[path])


def _file(hub: Hub, repository: Repository, path: str, content: bytes) -> dict[str, Any]:
    place = f"{address(hub, repository)}/contents/{path}"
    is_large = len(content) > LARGEST
    return {
        "type": "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": blob_sha(content),
        "size": len(content),
        "encoding": "none" if is_large else "base64",
        "content": "" if is_large else b64encode(content).decode(),
        "url": place,
        "git_url": place,
        "html_url": f"https://github.test/{repository.full_name}/blob/{path}",
        "download_url": place,
        "_links": {"self": place, "git": place, "html": place},
    }


@answers("repos/create-or-update-file-contents")
def put_content(hub: Hub, call: Call) -> Answer:
    """Write one file, where nobody else has since it was read: GitHub says so in prose only."""
    repository, body, path = hub.found(call), call.body, call.values["path"]
    hub.demand("contents")
    branch = body.get("branch", MAIN)
    if branch not in branches(repository):
        raise RefusalError(404, f"Branch {branch} not found")
    before = repository.snapshots[repository.branches[branch]].files.get(path)
    if before is not None and not body.get("sha"):
        raise RefusalError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if body.get("sha") and body["sha"] != (blob_sha(before) if before is not None else ""):
        raise RefusalError(409, f"{path} does not match {body['sha']}")
    content = b64decode(body["content"])
    sha = commit(repository, branch, path, content, body["message"])
    told = {"sha": sha, "message": body["message"]}
    return 201 if before is None else 200, {"content": _file(hub, repository, path, content), "commit": told}
