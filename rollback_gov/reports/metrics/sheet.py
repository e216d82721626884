"""Figures on their way to the text: added up by family and labels, never more of them than a Prometheus should bear."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from math import isfinite

from rollback_gov.model.record import Record
from rollback_gov.records.text import one_line
from rollback_gov.reports.metrics.families import FAMILIES, Family

LONGEST = 100
"""Characters of a label's value."""
MOST = 1000
"""Label sets of a family."""
OTHERS = "(others)"


class Sample(Record):
    """One line: the name of a series, its labels, its value."""

    name: str
    labels: Mapping[str, str]
    value: float


class _Heap:
    """What was observed under one set of labels."""

    def __init__(self, buckets: tuple[float, ...]) -> None:
        self.buckets = dict.fromkeys((*buckets, float("inf")), 0)
        self.sum, self.count = 0.0, 0

    def observe(self, value: float) -> None:
        self.sum += value
        self.count += 1
        for bound in self.buckets:
            self.buckets[bound] += value <= bound


class Sheet:
    """Counts, sets and observes; ``samples`` gives the lines of a family."""

    def __init__(self) -> None:
        self.left_out = 0
        self._numbers: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in FAMILIES}
        self._heaps: dict[str, dict[tuple[str, ...], _Heap]] = {name: {} for name in FAMILIES}

    def count(self, name: str, *values: str, by: int = 1) -> None:
        """Add to a counter, or to a gauge that counts; ``by`` 0 lets it begin. ``values`` are those of its labels."""
        numbers, key = self._numbers[name], self._key(name, values, self._numbers[name])
        numbers[key] = numbers.get(key, 0) + by

    def set(self, name: str, number: float, *values: str) -> None:
        """Set a gauge, once: what comes first stays. One too many, or none, is left out, and that is counted."""
        numbers, key = self._numbers[name], tuple(map(label, values))
        if not _is_finite(number) or (key not in numbers and len(numbers) >= MOST):
            self.left_out += 1
        else:
            numbers.setdefault(key, number)

    def observe(self, name: str, number: float | None, *values: str) -> None:
        """Observe a number in a histogram or summary; None lets it begin."""
        heaps = self._heaps[name]
        heap = heaps.setdefault(self._key(name, values, heaps), _Heap(FAMILIES[name].buckets))
        if number is not None and _is_finite(number):
            heap.observe(number)
        elif number is not None:
            self.left_out += 1

    def samples(self, family: Family) -> list[Sample]:
        """Give the lines of a family, sorted by their labels; none where nothing was measured."""
        found = []
        for key, number in sorted(self._numbers[family.name].items()):
            found.append(Sample(name=family.name, labels=_named(family, key), value=number))
        for key, heap in sorted(self._heaps[family.name].items()):
            found += _heap_samples(family, _named(family, key), heap)
        return found

    def _key(self, name: str, values: tuple[str, ...], known: Mapping[tuple[str, ...], object]) -> tuple[str, ...]:
        """Give the labels; sums stay whole where there are too many: these are the others."""
        key = tuple(map(label, values))
        return key if key in known or len(known) < MOST else (OTHERS,) * len(FAMILIES[name].labels)


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False


def label(text: str) -> str:
    """Give a text as a label's value: on one line, and never too long; different texts stay different."""
    plain = one_line(text)
    if len(plain) <= LONGEST and len(text) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 10]}…{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:9]}"


def _named(family: Family, key: tuple[str, ...]) -> Mapping[str, str]:
    """Name the values. An empty one is left out: to Prometheus it is the same."""
    return {name: value for name, value in zip(family.labels, key, strict=True) if value}


def _heap_samples(family: Family, labels: Mapping[str, str], heap: _Heap) -> list[Sample]:
    buckets = [
        Sample(name=f"{family.name}_bucket", labels={**labels, "le": bound_text(bound)}, value=number)
        for bound, number in heap.buckets.items()
    ]
    ends = [("_sum", heap.sum), ("_count", heap.count)]
    return [
        *(buckets if family.kind == "histogram" else ()),
        *(Sample(name=f"{family.name}{part}", labels=labels, value=number) for part, number in ends),
    ]


def bound_text(bound: float) -> str:
    """Write the upper bound of a bucket."""
    return "+Inf" if bound == float("inf") else f"{bound:g}"
