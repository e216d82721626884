"""Equal values give equal bytes, and different values different ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration
from rollback_gov.records.canonical import (
    SAFE_INTEGER,
    Canonical,
    canonical,
    canonical_array,
    canonical_json,
    canonical_object,
    digest_parts,
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    body: Any = None
    limit: Decimal | None = None
    pause: Duration | None = None
    remark: Any = field(default="", metadata={"prose": True})


def told(record: Any, *, prose: bool = True) -> Any:
    return json.loads(canonical(record, prose=prose).told)


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical_json({"b": [True, None, "ü"], "a": 1}) == '{"a":1,"b":[true,null,"ü"]}'.encode()


def test_the_digest_is_sha256_of_those_bytes() -> None:
    assert digest_parts({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest_parts({"b": canonical(1), "a": canonical("x")}) == sha256(b'{"a":"x","b":1}').hexdigest()


def test_exact_numbers_and_durations_are_text() -> None:
    letter = Letter(limit=Decimal("0.010"), pause=Duration.parse("90s"))
    assert told(letter) == {"limit": "0.01", "pause": "1m30s"}


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
    number, written = told(Letter(body=body)), told(Letter(body=text))
    assert number == {"value": {"body": text}, "numbers": [pointer]}
    assert written == {"body": text}


@pytest.mark.parametrize("integer", [0, 1, -1, SAFE_INTEGER, -SAFE_INTEGER])
def test_integers_that_are_exact_everywhere_stay_integers(integer: int) -> None:
    assert told(Letter(body=[integer])) == {"body": [integer]}


def test_prose_is_left_out_with_its_numbers() -> None:
    letter = Letter(body="text", remark=0.5)
    assert told(letter, prose=False) == {"body": "text"}
    assert told(letter) == {"value": {"body": "text", "remark": "0.5"}, "numbers": ["/remark"]}


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
bodies = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(parts=st.dictionaries(st.text("abcz", min_size=1), bodies))
def test_an_object_of_parts_is_the_object(parts: dict[str, Any]) -> None:
    whole = canonical(parts)
    composed = canonical_object({key: canonical(value) for key, value in parts.items()})
    assert (composed.text, composed.told) == (whole.text, whole.told)


@given(parts=st.lists(bodies))
def test_an_array_of_parts_is_the_array(parts: list[Any]) -> None:
    composed, whole = canonical_array([canonical(part) for part in parts]), canonical(parts)
    assert (composed.text, composed.told) == (whole.text, whole.told)


def test_without_numbers_the_text_is_told() -> None:
    assert Canonical(b"1").told == b"1"
