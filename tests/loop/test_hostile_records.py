"""Records come from files that anybody can write: whatever is in them, the gate says no in one clear line."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.records.canonical import canonical_json
from tests.loop.conftest import Repository
from tests.loop.forging import forge, statement_of

PAYLOAD = base64.b64encode(b"{}").decode()
ENVELOPE = {"payloadType": "application/vnd.in-toto+json", "payload": PAYLOAD, "signatures": []}


def envelope(**changes: Any) -> bytes:
    return json.dumps({**ENVELOPE, **changes}).encode()


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "The record is not JSON."),
    "not UTF-8": (b'{"payload": "\xff"}', "The record is not JSON."),
    "a list": (b"[]", "The file is not a DSSE envelope."),
    "no signatures": (b'{"payloadType": "x", "payload": "e30="}', "The file is not a DSSE envelope."),
    "a number as payload": (envelope(payload=1), "The file is not a DSSE envelope."),
    "signatures that are none": (envelope(signatures=[1]), "The file is not a DSSE envelope."),
    "signatures in an object": (envelope(signatures={"sig": ""}), "The file is not a DSSE envelope."),
    "text that is not base64": (envelope(payload="e30=x"), "text that is not base64"),
    "letters beyond ASCII": (envelope(payload="ä30="), "text that is not base64"),
    "a signature beyond ASCII": (envelope(signatures=[{"sig": "☃"}]), "text that is not base64"),
    "half of a character": (b'{"payloadType": "\\ud800", "payload": "e30=", "signatures": []}', "is not JSON"),
    "too many signatures": (envelope(signatures=[{"sig": ""}] * 17), "more than 16 signatures"),
    "a key twice": (b'{"payload": "", "payload": ""}', "A key stands twice"),
    "not a number": (b'{"payload": NaN}', "The record is not JSON."),
    "a deep nest": (b"[" * 100_000, "The record is not JSON."),
    "a very long number": (b'{"payload": ' + b"1" * 5000 + b"}", "The record is not JSON."),
    "too much": (b" " * 4_194_305, "The record is larger than 4 MiB."),
}


@pytest.fixture
def plain(repository: Repository) -> Repository:
    """Level 2, where unsigned records are read."""
    repository.edit("level: 3", "level: 2")
    return repository


def lay(repository: Repository, folder: str, content: bytes) -> Path:
    path = repository.folder / folder / "20251209-x.dsse.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_record_is_named_with_the_reason(plain: Repository, name: str) -> None:
    content, reason = FILES[name]
    for folder in ("evidence", "approvals", "permits"):
        lay(plain, folder, content)
    said = plain.gov("validate", str(plain.plan), ends=0)
    assert "RG419" in said
    said = plain.verify(ends=1)
    assert ": 20251209-x.dsse.json: " in said
    assert reason in said
    said = plain.issue(ends=1)
    assert f"20251209-x.dsse.json does not count: {reason}" in said or reason in said


@pytest.mark.parametrize("folder", ["evidence", "approvals", "permits"])
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_read(plain: Repository, folder: str, make: Callable[[Path], None]) -> None:
    (plain.folder / folder).mkdir()
    make(plain.folder / folder / "x.dsse.json")
    said = plain.gov("validate", str(plain.plan)) + plain.verify(ends=1) + plain.issue(ends=1)
    assert "It is not a regular file" in said or "It is a folder" in said


PAYLOADS: dict[str, tuple[Any, str]] = {
    "not JSON": (b"{", "unreadable"),
    "half of a character": (b'{"a": "\\udc00"}', "unreadable"),
    "a list": ([], "predicate"),
    "no statement": ({}, "predicate"),
    "a predicate that is text": ({"predicate": "x"}, "schema"),
    "nothing in it": ({"predicate": {}}, "schema"),
    "a deep nest": ({"predicate": json.loads('{"a":' * 900 + "1" + "}" * 900)}, "schema"),
    "commands of a runner": ({"predicateType": "\n::error::no\n##[error]no\u2028::add-mask::x"}, "predicate"),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_that_is_no_permit_is_refused(tried_out: Repository, name: str) -> None:
    payload, code = PAYLOADS[name]
    if isinstance(payload, dict) and payload:
        payload = {**statement_of(tried_out.permit), **payload}
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    forge(tried_out, tried_out.permit, raw, key="")
    said = tried_out.verify(ends=1)
    assert f"  - {code}: The permit cannot be read: " in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::") or "##[" in line]


LIES: dict[str, Any] = {
    "environment": "production\n::error::x",
    "operation": "op-9\u202e",
    "repository": "x\x1b[31m",
    "issuer": "::error::",
    "nonce": "short",
    "parameters": {"A B": "x"},
    "artefacts": {"api\n": "a" * 64},
    "expires": "9999-12-31T23:59:59Z",
    "issued": "0001-01-01T00:00:00Z",
    "not_before": "soon",
    "level": 10**30,
    "digests": {"plan": "x"},
}


@pytest.mark.parametrize("name", LIES)
def test_fields_of_a_permit_have_their_form(tried_out: Repository, name: str) -> None:
    statement = statement_of(tried_out.permit)
    statement["predicate"][name] = LIES[name]
    forge(tried_out, tried_out.permit, json.dumps(statement).encode(), key="")
    said = tried_out.verify(ends=1)
    assert f"  - schema: The permit cannot be read: It does not fit the schema permit-v1 at '{name}" in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]


EVIDENCE_LIES: dict[str, Any] = {
    "seconds": 1e300,
    "sla_seconds": "1" * 400,
    "finished": "9999-12-31T23:59:59Z",
    "environment": "x\n::error::x",
    "problems": ["\r::error::x"],
    "participants": ["\x00"],
    "order": ["a b"],
    "version_before": "\u2029",
    "steps": [{"step": "\n", "result": "passed", "seconds": 1}],
    "phase_seconds": {"phases/x": -1},
}


@pytest.mark.parametrize("name", EVIDENCE_LIES)
def test_fields_of_evidence_have_their_form(tried_out: Repository, name: str) -> None:
    (path,) = tried_out.folder.glob("evidence/*.dsse.json")
    statement = statement_of(path)
    statement["predicate"][name] = EVIDENCE_LIES[name]
    forge(tried_out, path, json.dumps(statement).encode(), key="")
    said = tried_out.gov("validate", str(tried_out.plan), ends=0)
    assert "RG419" in said
    assert "does not fit the schema evidence-v1" in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]


def test_names_of_files_give_no_command_either(repository: Repository) -> None:
    (repository.folder / "approvals").mkdir()
    (repository.folder / "approvals" / "a\n::error::b ##[c].dsse.json").write_text("{}")
    (repository.folder / "permits").mkdir()
    (repository.folder / "permits" / "a\n::error::b ##[c].dsse.json").write_text("{}")
    for said in (repository.issue(ends=1), repository.verify(ends=1)):
        assert "::error::b # #[c].dsse.json" in said
        assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]


def test_json_holds_no_command_of_a_runner(issued: Repository) -> None:
    said = issued.gov(
        "permit", "verify", str(issued.plan), "-e", "production", "--json", "--artefact", f"##[x]={'a' * 64}", ends=1
    )
    assert "##[" not in said
    assert json.loads(said)["reasons"][0]["code"] == "artefact"


def test_show_reads_a_permit_and_says_why_not(issued: Repository) -> None:
    issued.permit.write_bytes(envelope(payload=base64.b64encode(canonical_json({})).decode()))
    assert "not an in-toto statement" in issued.gov("permit", "show", str(issued.permit), ends=2)
