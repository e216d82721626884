"""Evidence beside a plan: what was written is what is read, and who signed it when."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rollback_gov.model.evidence import CheckRecord, Evidence
from rollback_gov.model.trust import Trust, TrustedKey
from rollback_gov.records.evidence import load_evidence, unreadable_evidence, write_evidence
from rollback_gov.records.keys import public_text
from rollback_gov.records.statement import read
from tests.policy.rehearsals import rehearsal
from tests.records.documents import PLAN, digests_of, load

RUNNER, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def trust(**limits: Any) -> Trust:
    return Trust(keys=(TrustedKey(id="ci", public_key=public_text(RUNNER), role="rehearsal-runner", **limits),))


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    loaded = load(PLAN, tmp_path)
    check = CheckRecord(check="health", result="passed", expected="exit 0", observed="exit 0\nin two lines")
    return replace(rehearsal(loaded.require(), digests_of(loaded), {}), seconds=119.25, checks=(check,))


def test_what_was_written_is_what_is_read(tmp_path: Path, evidence: Evidence) -> None:
    path = write_evidence(tmp_path, evidence, RUNNER)
    (stored,) = load_evidence(tmp_path, trust())
    assert stored.evidence == evidence
    assert (stored.signature, stored.signer, stored.file) == ("trusted", "ci", str(path))
    assert stored.payload_sha256 == read(path).sha256
    assert path.name == "20251209T100000-staging.dsse.json"


@pytest.mark.parametrize(
    ("key", "limits", "signature"),
    [
        (None, {}, "unsigned"),
        (STRANGER, {}, "untrusted"),
        (RUNNER, {"not_after": "2025-12-08"}, "untrusted"),
        (RUNNER, {"not_before": "2025-12-10"}, "untrusted"),
        (RUNNER, {"not_after": "2025-12-09"}, "trusted"),
    ],
)
def test_a_key_counts_when_it_was_valid_at_the_end_of_the_rehearsal(
    tmp_path: Path, evidence: Evidence, key: Ed25519PrivateKey | None, limits: dict[str, str], signature: str
) -> None:
    write_evidence(tmp_path, evidence, key)
    (stored,) = load_evidence(tmp_path, trust(**limits))
    assert stored.signature == signature


def test_the_oldest_comes_first_and_scenarios_have_their_name(tmp_path: Path, evidence: Evidence) -> None:
    newer = replace(evidence, finished="2025-12-09T11:00:00.000Z", scenario="traffic-only")
    paths = [write_evidence(tmp_path, one, None) for one in (newer, evidence)]
    assert paths[0].name == "20251209T110000-staging-traffic-only.dsse.json"
    assert [stored.evidence for stored in load_evidence(tmp_path, trust())] == [evidence, newer]


def test_what_programs_and_people_said_is_put_on_one_line(tmp_path: Path, evidence: Evidence) -> None:
    said = replace(
        evidence,
        version_restored="v1\nv2",
        problems=("step failed:\n::error::x" + "x" * 600,),
        participants=("a\tb",),
        runner="x\u202e@host",
    )
    write_evidence(tmp_path, said, RUNNER)
    (stored,) = load_evidence(tmp_path, trust())
    assert stored.evidence.version_restored == "v1 v2"
    assert stored.evidence.problems[0].startswith("step failed: ::error::x")
    assert len(stored.evidence.problems[0]) == 500
    assert stored.evidence.participants == ("a b",)
    assert stored.evidence.runner == "x\\u{202e}@host"


def test_a_day_that_no_calendar_has_is_unreadable(tmp_path: Path, evidence: Evidence) -> None:
    write_evidence(tmp_path, replace(evidence, finished="2025-02-30T10:00:00.000Z"), RUNNER)
    assert load_evidence(tmp_path, trust()) == ()
    (unreadable,) = unreadable_evidence(tmp_path, trust())
    assert unreadable.reason == "'2025-02-30T10:00:00.000Z' is no time."


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    assert load_evidence(tmp_path, trust()) == ()
    assert unreadable_evidence(tmp_path, trust()) == ()


def test_every_field_reaches_the_file(tmp_path: Path, evidence: Evidence) -> None:
    from rollback_gov.records.statement import REHEARSAL, predicate

    body = predicate(read(write_evidence(tmp_path, evidence, None)), REHEARSAL)
    assert set(body) == set(asdict(evidence))
