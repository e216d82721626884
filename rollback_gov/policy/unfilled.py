"""The gaps of a plan: what nobody filled in, in the texts that a machine reads, for validate and for a run alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollback_gov.model.record import Record
from rollback_gov.policy.placeholders import placeholder_spans
from rollback_gov.policy.texts import Path

CODE = "RG010"
"""The rule that reports them."""
_SCRIPTS = ("run", "stop")


class Gap(Record):
    """A placeholder at a path of the document, and its offsets in the text there."""

    path: Path
    word: str
    span: tuple[int, int]


def unfilled(texts: Iterable[tuple[Path, str]]) -> Iterator[Gap]:
    """Find the gaps of ``machine_texts``, each word once a text."""
    for path, text in texts:
        seen: set[str] = set()
        for start, end in placeholder_spans(text, script=path[-1] in _SCRIPTS):
            word = text[start:end]
            if word not in seen:
                seen.add(word)
                yield Gap(path=path, word=word, span=(start, end))
