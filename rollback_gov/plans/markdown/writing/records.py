"""Records as entries of lists, and what of a record stands in a block of YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from rollback_gov.plans.markdown.page import Said
from rollback_gov.plans.markdown.phrases import fence, is_script, phrase, phrases
from rollback_gov.plans.markdown.spans import in_words, same_span, span_of
from rollback_gov.plans.markdown.titles import is_id, slug, with_span
from rollback_gov.plans.yaml_text import yaml_text

Lines = list[str]


def keys(record: dict[str, Any]) -> Lines:
    """Give the block of YAML for what is left of a record; nothing where nothing is left."""
    return fence("yaml", yaml_text(record)) if record else []


def script(record: dict[str, Any]) -> Lines:
    """Take a record's script, where a block can say it."""
    text = record.get("run")
    if not isinstance(text, str) or not is_script(text):
        return []
    del record["run"]
    return fence("bash", text)


def take_title(record: dict[str, Any], otherwise: str, *, core: Callable[[str], str] = str) -> str:
    """Take name and id of a record as its title, as far as the title says them: the rest of them stays."""
    name: str = record.get("name", "")
    own: str = record["id"]
    title = None if is_id(name) else phrase(name)
    if title is None or with_span(Said(title, 0, 0))[1] is not None:
        del record["id"]
        return phrase(own) or own
    del record["name"]
    if own == (slug(core(name)) or otherwise):
        del record["id"]
    return title


def take_label(record: dict[str, Any], key: str, label: str) -> Lines:
    """Take a text that a label can say."""
    said = phrase(record.get(key))
    if said is None:
        return []
    del record[key]
    return [f"**{label}**: {said}"]


def take_span(record: dict[str, Any], key: str) -> str | None:
    """Take a span of time in words."""
    value = record.get(key)
    if not isinstance(value, str):
        return None
    said = in_words(value)
    if not same_span(span_of(said), value):
        return None
    del record[key]
    return said


def take_list(record: dict[str, Any], key: str, mark: str = "- ") -> Lines:
    """Take a list of texts that lines can say."""
    said = phrases(record.get(key))
    if said is None:
        return []
    del record[key]
    return [f"{mark}{text}" for text in said]


def parts(*some: Sequence[str]) -> Lines:
    """Put pieces below one another with an empty line between."""
    lines: Lines = []
    for part in some:
        if part:
            lines += [*([""] if lines else []), *part]
    return lines


def entry(mark: str, title: str, body: Iterable[str]) -> Iterator[str]:
    """Write an entry of a list with what stands below its title."""
    yield f"{mark}{title}"
    body = list(body)
    if body:
        indent = " " * len(mark.removesuffix("[ ] "))
        yield ""
        yield from (f"{indent}{line}" if line else "" for line in body)
    yield ""


def entries(records: Sequence[Sequence[str]]) -> Lines:
    """Put entries below one another."""
    lines = [line for record in records for line in record]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def item(
    record: dict[str, Any], otherwise: str, mark: str, *, text: str = "", core: Callable[[str], str] = str
) -> Lines:
    """Write a record with a script, its text for people under the key ``text``."""
    left = dict(record)
    title = take_title(left, otherwise, core=core)
    said = phrase(left.get(text)) if text else None
    if said is not None:
        del left[text]
    return list(entry(mark, f"**{title}**", parts([said] if said else [], script(left), keys(left))))
