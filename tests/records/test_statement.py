"""Statements are written whole, never over one another, and read only where they are what they say."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.model.errors import UsageError
from rollback_gov.records.dsse import encode
from rollback_gov.records.errors import RecordError, SchemaError
from rollback_gov.records.statement import APPROVAL, make, predicate, read, records, write

BODY: dict[str, Any] = {
    "operation": "op-7",
    "plan": "a" * 64,
    "executable": "b" * 64,
    "person": "Ada",
    "attestations": [],
    "at": "2025-12-09T12:00:00Z",
}


def test_a_statement_speaks_of_the_two_digests() -> None:
    statement = json.loads(make(APPROVAL, BODY, ()).payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [
        {"name": "plan", "digest": {"sha256": "a" * 64}},
        {"name": "executable", "digest": {"sha256": "b" * 64}},
    ]
    assert predicate(make(APPROVAL, BODY, ()), APPROVAL) == BODY


def test_what_could_not_be_read_is_not_made() -> None:
    with pytest.raises(SchemaError, match="does not fit the schema approval-v1 at 'person'"):
        make(APPROVAL, {**BODY, "person": "A\nda"}, ())


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    envelope = make(APPROVAL, BODY, ())
    names = [write(tmp_path / "new", "a/b c", envelope).name for _ in range(3)]
    assert names == ["a_b_c.dsse.json", "a_b_c-2.dsse.json", "a_b_c-3.dsse.json"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(names)
    assert (tmp_path / "new" / names[0]).read_bytes() == encode(envelope)


def test_a_link_that_leads_nowhere_takes_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.dsse.json").symlink_to("nowhere")
    assert write(tmp_path, "x", make(APPROVAL, BODY, ())).name == "x-2.dsse.json"


def write_one(arguments: tuple[str, int]) -> str:
    folder, number = arguments
    return write(Path(folder), "same", make(APPROVAL, {**BODY, "operation": f"op-{number}"}, ())).name


def test_of_many_who_write_at_once_none_loses(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        names = list(pool.map(write_one, [(str(tmp_path), number) for number in range(40)]))
    assert len(set(names)) == 40
    said = {predicate(read(path), APPROVAL)["operation"] for path in records(tmp_path)}
    assert said == {f"op-{number}" for number in range(40)}
    assert len(list(tmp_path.iterdir())) == 40


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"Cannot write the record into .*file: "):
        write(tmp_path / "file", "x", make(APPROVAL, BODY, ()))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="Cannot read the record: No such file"):
        read(tmp_path / "x.dsse.json")
