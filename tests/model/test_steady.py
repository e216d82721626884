"""What steers a terminal or the direction of writing, as Unicode's own tables name it."""

from __future__ import annotations

import unicodedata

from rollback_gov.model.steady import steady

TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_exactly_what_steers_is_taken_out() -> None:
    for code in range(0x10000):
        character = chr(code)
        steers = unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in TURNING
        kept = character in "\n\t" or not steers
        assert steady(character) == (character if kept else "\N{REPLACEMENT CHARACTER}"), hex(code)
