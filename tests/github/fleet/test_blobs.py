"""The bytes of a file are those that git names."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256

import pytest

from rollback_gov.github.fleet.asking import Asking, Unreadable
from rollback_gov.github.fleet.blobs import git_hash, read_blob
from tests.github.hub.git_trees import blob_sha
from tests.github.hub.state import File, Hub, Trouble

NAME = "team/service"


@pytest.mark.parametrize("raw", [b"", b"text\n", bytes(range(256)) * 50])
def test_any_bytes_come_as_they_are(hub: Hub, asking: Asking, raw: bytes) -> None:
    hub.repository().files["a"] = File(raw)
    assert read_blob(asking, NAME, blob_sha(raw)) == raw


def test_other_bytes_than_the_hash_says_are_refused(hub: Hub, asking: Asking) -> None:
    answer = {"encoding": "base64", "content": b64encode(b"another").decode()}
    hub.troubles = [Trouble(200, raw=json.dumps(answer).encode())]
    with pytest.raises(Unreadable, match="is not what git's hash"):
        read_blob(asking, NAME, blob_sha(b"one"))


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"encoding": "utf-8", "content": "x"},
        {"encoding": "base64"},
        {"encoding": "base64", "content": "*"},
        {"encoding": "base64", "content": "abc"},
    ],
)
def test_what_is_no_file_is_refused(hub: Hub, asking: Asking, answer: object) -> None:
    hub.troubles = [Trouble(200, raw=json.dumps(answer).encode())]
    with pytest.raises(Unreadable):
        read_blob(asking, NAME, blob_sha(b"one"))


def test_a_repository_with_sha_256_is_checked_by_that() -> None:
    raw = b"text\n"
    assert git_hash(raw, "0" * 64) == sha256(b"blob 5\0text\n").hexdigest()
