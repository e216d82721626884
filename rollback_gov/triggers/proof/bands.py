"""The proof of the decision matrix: each row can be decided, by firings that lead to it and to nothing stronger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rollback_gov.model.trigger import Band
from rollback_gov.triggers.decision import Firing, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class BandProof:
    """What was shown of a row: the triggers whose firing decides it; ``problem`` says why none does."""

    band: int
    action: str
    triggers: tuple[str, ...] = ()
    problem: str = ""


def prove_bands(bands: Sequence[Band], names: Sequence[str]) -> Iterator[BandProof]:
    """Give a proof for each row; ``names`` are the ids of all triggers."""
    for number, band in enumerate(bands):
        yield _proof(number, band, bands, names)


def _proof(number: int, band: Band, bands: Sequence[Band], names: Sequence[str]) -> BandProof:
    before: list[str] = []
    for chosen in _firings(band, names):
        fired = {name: Firing(at=0.0, reason="") for name in chosen}
        decision = decide(fired, bands, mode="auto", at=0.0)
        if decision is not None and decision.band == number:
            return BandProof(band=number, action=band.action, triggers=chosen)
        if decision is not None:
            before.append(f"row {decision.band} ({decision.action})")
    if before:
        problem = f"it can never be decided: {before[0]} goes before it whenever it applies"
    else:
        problem = "it can never be decided: no triggers make it apply"
    return BandProof(band=number, action=band.action, problem=problem)


def _firings(band: Band, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Give the fewest firings that make a row apply: side by side in the order of its pool."""
    pool = band.of or band.any or (tuple(names) if band.at_least else ())
    size = (band.at_least or 1) if pool else 0
    for start in range(len(pool) - size + 1):
        yield tuple(dict.fromkeys((*band.all, *pool[start : start + size])))
