"""What is kept of a repository comes back as it was, or not at all."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.commands.fleet.snapshot import Kept, Snapshot, from_bytes, to_bytes

texts = st.text(max_size=20)
snapshots = st.builds(
    Snapshot,
    repository=texts,
    tree=texts,
    etag=texts,
    files=st.dictionaries(texts, st.builds(Kept, sha=texts, raw=st.binary(max_size=50)), max_size=4),
    plans=st.lists(texts, max_size=3).map(tuple),
    left_out=st.lists(texts, max_size=3).map(tuple),
)


@given(snapshots)
def test_it_comes_back_as_it_was(snapshot: Snapshot) -> None:
    assert from_bytes(to_bytes(snapshot)) == snapshot


@given(snapshots, st.data())
def test_one_that_was_cut_off_is_none(snapshot: Snapshot, data: st.DataObject) -> None:
    raw = to_bytes(snapshot)
    assert from_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))]) is None


@pytest.mark.parametrize("document", [[], 7, None, {}, {"version": 2}, {"version": 1}, {"version": 1, "files": []}])
def test_what_another_version_wrote_is_none(document: object) -> None:
    assert from_bytes(gzip.compress(json.dumps(document).encode())) is None
    assert from_bytes(json.dumps(document).encode()) is None
