"""Prometheus' text format, version 0.0.4: for the textfile collector, a push gateway, a scrape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isinf

from rollback_gov.reports.metrics.families import Family
from rollback_gov.reports.metrics.sheet import Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TEXT = {"\\": r"\\", "\n": r"\n"}
_VALUE = str.maketrans({**_TEXT, '"': r"\""})
_HELP = str.maketrans(_TEXT)


def exposition(families: Iterable[tuple[Family, Iterable[Sample]]]) -> str:
    """Write families with their samples; one without any is left out, because nobody measured it."""
    return "".join(text for family, samples in families if (text := _family(family, tuple(samples))))


def _family(family: Family, samples: tuple[Sample, ...]) -> str:
    if not samples:
        return ""
    lines = [f"# HELP {family.name} {family.help.translate(_HELP)}", f"# TYPE {family.name} {family.kind}"]
    lines += [f"{sample.name}{_labels(sample.labels)} {number_text(sample.value)}" for sample in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{name}="{value.translate(_VALUE)}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def number_text(number: float) -> str:
    """Write a number without losing any of it; a whole one without a fraction. A sum may be beyond all of them."""
    if isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return str(int(number)) if number == int(number) else repr(float(number))
