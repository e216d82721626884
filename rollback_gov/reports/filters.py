"""What Markdown templates print with: facts in words, texts without markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rollback_gov.reports.escape import Markup, cell, code
from rollback_gov.reports.fact import NotMeasured, wording


def shown(value: object) -> Markup:
    """Write a value as text without markup; what is unknown is NOT MEASURED."""
    return value if isinstance(value, Markup) else cell(wording(value))


def is_known(value: object) -> bool:
    """Tell whether there is something to say."""
    return not isinstance(value, NotMeasured) and value != ""


def _code(value: object) -> Markup:
    return code(wording(value)) if is_known(value) and not isinstance(value, Markup) else shown(value)


def _why(value: object) -> Markup:
    """Say of an unknown fact what it would have taken to know it."""
    why = value.why if isinstance(value, NotMeasured) else ""
    return Markup(f"{shown(value)} ({cell(why)})") if why else shown(value)


def _words(value: str) -> str:
    """Write a word of the journal, such as ``not_needed``, as people write it."""
    return value.replace("_", " ")


def _dash(value: object) -> object:
    """Write what is rightly empty as a dash; it is not unknown."""
    return Markup("-") if value in ("", 0) else value


def _limit(value: object) -> Markup:
    """A limit is set, not measured: where there is none, there is none."""
    return shown(value) if is_known(value) else Markup("none")


def _brief(text: str) -> str:
    """Cut digests: two of them beside each other are wider than a page. The record has them whole."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", text)


FILTERS: Mapping[str, Callable[..., object]] = {
    "brief": _brief,
    "cell": shown,
    "code": _code,
    "dash": _dash,
    "limit": _limit,
    "why": _why,
    "words": _words,
}
