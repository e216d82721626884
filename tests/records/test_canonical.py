"""Equal values give equal bytes, and different values different ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.records.canonical import SAFE_INTEGER, canonical_document, canonical_json, digest_of


@dataclass(frozen=True, kw_only=True)
class Letter:
    body: Any = None
    limit: Decimal | None = None
    pause: Duration | None = None
    remark: Any = field(default="", metadata={"prose": True})


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical_json({"b": [True, None, "ü"], "a": 1}) == '{"a":1,"b":[true,null,"ü"]}'.encode()


def test_the_digest_is_sha256_of_those_bytes() -> None:
    assert digest_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_exact_numbers_and_durations_are_text() -> None:
    letter = Letter(limit=Decimal("0.010"), pause=Duration.parse("90s"))
    assert canonical_document(letter) == {"limit": "0.01", "pause": "1m30s"}


@pytest.mark.parametrize(
    ("body", "text", "pointer"),
    [
        (0.5, "0.5", "/body"),
        ({"a": [1, 0.25]}, {"a": [1, "0.25"]}, "/body/a/1"),
        ({"x/y": {"~": 1.5}}, {"x/y": {"~": "1.5"}}, "/body/x~1y/~0"),
        (SAFE_INTEGER + 1, "9007199254740992", "/body"),
        (-SAFE_INTEGER - 1, "-9007199254740992", "/body"),
    ],
)
def test_a_number_that_became_text_is_told_apart_from_text(body: Any, text: Any, pointer: str) -> None:
    number, written = canonical_document(Letter(body=body)), canonical_document(Letter(body=text))
    assert number == {"value": {"body": text}, "numbers": [pointer]}
    assert written == {"body": text}
    assert digest_of(number) != digest_of(written)


@pytest.mark.parametrize("integer", [0, 1, -1, SAFE_INTEGER, -SAFE_INTEGER])
def test_integers_that_are_exact_everywhere_stay_integers(integer: int) -> None:
    assert canonical_document(Letter(body=[integer])) == {"body": [integer]}


def test_prose_is_left_out_with_its_numbers() -> None:
    letter = Letter(body="text", remark=0.5)
    assert canonical_document(letter, prose=False) == {"body": "text"}
    assert canonical_document(letter) == {"value": {"body": "text", "remark": "0.5"}, "numbers": ["/remark"]}
