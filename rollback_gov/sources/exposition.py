"""The text formats in which services show their metrics: Prometheus' 0.0.4 and OpenMetrics 1.0.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from rollback_gov.sources.number import excerpt, read_number

Series: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A name and its labels, sorted."""
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_BLANK = re.compile(r"[ \t]*")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of a series; it may be NaN or infinite. ``time`` is seconds since the epoch, 0 where none is given."""

    number: Decimal
    time: float = 0.0


def parse(text: str, *, openmetrics: bool = False) -> Mapping[Series, Sample]:
    """Read a page. Timestamps are milliseconds, in OpenMetrics seconds. Raises ValueError that names the line.

    One bad line spoils the page, as it does for Prometheus: half a page would be half a truth.
    """
    samples: dict[Series, Sample] = {}
    unit = 1.0 if openmetrics else 1000.0
    for number, line in enumerate(text.split("\n"), start=1):
        content = line.strip(" \t\r")
        if not content or content.startswith("#"):
            continue
        try:
            series, sample = _sample(content, unit)
        except ValueError as error:
            raise ValueError(f"line {number} of the metrics page: {error}") from None
        if series in samples:
            raise ValueError(f"line {number} of the metrics page: {excerpt(content)} stands twice")
        samples[series] = sample
    return samples


def _sample(line: str, unit: float) -> tuple[Series, Sample]:
    name = NAME.match(line)
    if name is None:
        raise ValueError(f"{excerpt(line)} does not begin with the name of a metric")
    labels, rest = _labels(line, name.end())
    words = rest.partition(" # ")[0].split()
    if not 1 <= len(words) <= 2:
        raise ValueError(f"{excerpt(line)} needs a value and at most a timestamp behind it")
    time = float(words[1]) / unit if len(words) == 2 else 0.0
    return (name[0], tuple(sorted(labels.items()))), Sample(read_number(words[0]), time)


def _labels(line: str, position: int) -> tuple[dict[str, str], str]:
    """Read labels in braces, and give them with what stands behind."""
    position = _skip(line, position)
    if not line.startswith("{", position):
        return {}, line[position:]
    labels: dict[str, str] = {}
    position = _skip(line, position + 1)
    while not line.startswith("}", position):
        name = LABEL_NAME.match(line, position)
        equals = _skip(line, name.end()) if name else position
        value = QUOTED.match(line, _skip(line, equals + 1)) if line.startswith("=", equals) else None
        if name is None or value is None or name[0] in labels:
            raise ValueError(f"the labels of {excerpt(line)} cannot be read")
        labels[name[0]] = unescape(value[1])
        position = _skip(line, value.end())
        if line.startswith(",", position):
            position = _skip(line, position + 1)
        elif not line.startswith("}", position):
            raise ValueError(f"the labels of {excerpt(line)} cannot be read")
    return labels, line[position + 1 :]


def _skip(line: str, position: int) -> int:
    blank = _BLANK.match(line, position)
    return blank.end() if blank else position


def unescape(text: str) -> str:
    r"""Undo ``\\``, ``\"`` and ``\n``."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)
