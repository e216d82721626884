"""Selectors of series, as in PromQL: ``http_requests_total{code=~"5..",method!="GET"}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rollback_gov.sources.exposition import LABEL_NAME, NAME, QUOTED, Sample, Series, unescape
from rollback_gov.sources.number import excerpt

_OPERATOR = re.compile(r"=~|!~|!=|=")


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label; a label that a series does not have is empty. Patterns match the whole value."""

    label: str
    pattern: re.Pattern[str]
    wanted: bool

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Say whether a series with these labels is meant."""
        return bool(self.pattern.fullmatch(labels.get(self.label, ""))) is self.wanted


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name and conditions on its labels."""

    name: str
    matchers: tuple[Matcher, ...] = ()

    def select(self, samples: Mapping[Series, Sample]) -> dict[Series, Sample]:
        """Give the samples that are meant."""
        named = {series: sample for series, sample in samples.items() if series[0] == self.name}
        return {series: sample for series, sample in named.items() if self._accepts(dict(series[1]))}

    def knows(self, samples: Mapping[Series, Sample]) -> bool:
        """Say whether the page has the metric at all, with whatever labels."""
        return any(series[0] == self.name for series in samples)

    def _accepts(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.accepts(labels) for matcher in self.matchers)


def parse_selector(text: str) -> Selector:
    """Read a selector. Raises ValueError that says what is wrong."""
    name = NAME.match(text.strip())
    if name is None:
        raise ValueError(f"the selector {excerpt(text)} does not begin with the name of a metric")
    rest = text.strip()[name.end() :].strip()
    if not rest:
        return Selector(name[0])
    if not (rest.startswith("{") and rest.endswith("}")):
        raise ValueError(f"the selector {excerpt(text)} needs its conditions in braces behind the name")
    return Selector(name[0], tuple(_matchers(rest[1:-1].strip(), text)))


def _matchers(inside: str, text: str) -> list[Matcher]:
    matchers = []
    while inside:
        label = LABEL_NAME.match(inside)
        operator = _OPERATOR.match(inside[label.end() :].lstrip()) if label else None
        behind = inside[label.end() :].lstrip()[operator.end() :].lstrip() if label and operator else ""
        value = QUOTED.match(behind)
        rest = behind[value.end() :].lstrip() if value else ""
        if label is None or operator is None or value is None or (rest and not rest.startswith(",")):
            raise ValueError(f"the conditions of the selector {excerpt(text)} cannot be read")
        matchers.append(Matcher(label[0], _pattern(operator[0], unescape(value[1])), not operator[0].startswith("!")))
        inside = rest[1:].lstrip()
    return matchers


def _pattern(operator: str, value: str) -> re.Pattern[str]:
    try:
        return re.compile(value if operator.endswith("~") else re.escape(value), re.DOTALL)
    except re.error as error:
        raise ValueError(f"the pattern {excerpt(value)} is not a regular expression: {error}") from None
