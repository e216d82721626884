"""The single use of a permit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rollback_gov.records.claim import claim, claimed_by

PERMIT = "a" * 64


def test_the_first_takes_it_and_everybody_else_is_told(tmp_path: Path) -> None:
    assert claimed_by(tmp_path, PERMIT) == ""
    assert claim(tmp_path, PERMIT, by="ada", at="2025-12-09T12:00:00Z") == ""
    for _ in range(2):
        assert claim(tmp_path, PERMIT, by="grace", at="later") == "by ada at 2025-12-09T12:00:00Z"
    assert claimed_by(tmp_path, PERMIT) == "by ada at 2025-12-09T12:00:00Z"
    assert claimed_by(tmp_path, "b" * 64) == ""
    record = json.loads((tmp_path / "permits" / "claims" / f"{PERMIT}.json").read_text())
    assert record == {"by": "ada", "at": "2025-12-09T12:00:00Z", "permit": PERMIT}


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_whatever_is_in_its_place_is_a_use(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = tmp_path / "permits" / "claims" / f"{PERMIT}.json"
    path.parent.mkdir(parents=True)
    make(path)
    assert claimed_by(tmp_path, PERMIT) == "by somebody (the claim cannot be read)"
    assert claim(tmp_path, PERMIT, by="ada", at="now") == "by somebody (the claim cannot be read)"


def test_what_stands_in_it_is_shown_on_one_line(tmp_path: Path) -> None:
    claim(tmp_path, PERMIT, by="ada\n::error::x", at="now")
    assert claimed_by(tmp_path, PERMIT) == "by ada ::error::x at now"
