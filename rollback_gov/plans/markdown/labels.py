"""Labels: ``**Owner**: payments``, alone or as entries of a list."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence

from rollback_gov.model.record import Record
from rollback_gov.plans.core_schema import InexactNumber, resolve_plain
from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.draft import Draft, append
from rollback_gov.plans.markdown.inline import code_only, plain, without_checkbox
from rollback_gov.plans.markdown.nearest import nearest
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.spans import leading_span
from rollback_gov.plans.problem import shorten
from rollback_gov.plans.source_map import Node

_LABEL = re.compile(r"(?:\*\*|__)(?P<label>[^*_`:]{1,60}?):?(?:\*\*|__)(?P<colon>\s*:)?[ \t]*")
_PLAIN = re.compile(r"(?P<label>[^*_`:]{1,60}):[ \t]*")


class Field(Record, kw_only=False):
    """A key of a record that a label says: as text, number, span of time, word (the first, in small letters) or texts
    (a list)."""

    key: str
    kind: str = "text"


class Labelled(Record, kw_only=False):
    """A label with the lines of its value. Without a label it is text like any other."""

    label: Said
    value: tuple[Said, ...]

    @property
    def name(self) -> str:
        """The label in small letters."""
        return _folded(self.label.text)


def label_of(said: Said, known: Container[str] = ()) -> tuple[Said, Said] | None:
    """Split a line into its label and what follows, or give None where it has no label.

    A label stands in bold; one of the known labels needs no more than its colon.
    """
    found = _LABEL.match(said.text)
    if found is None:
        found = _PLAIN.match(said.text)
        if found is None or _folded(found["label"]) not in known:
            return None
    elif not (found["colon"] or found[0].rstrip().endswith((":**", ":__"))):
        return None
    return said.part(found.start("label"), found.end("label")), said.part(found.end())


def _folded(label: str) -> str:
    return " ".join(label.lower().replace("’", "'").split())


def labelled(page: Page, block: Block, known: Container[str] = ()) -> Iterator[Labelled]:
    """Give what a paragraph says, label by label."""
    label, value = Said("", block.line, 0), list[Said]()
    for said in page.lines_of(block):
        split = label_of(said, known)
        if split is None:
            value.append(said)
            continue
        if label.text or value:
            yield Labelled(label, tuple(value))
        label, value = split[0], [split[1]] if split[1].text else []
    yield Labelled(label, tuple(value))


def joined(page: Page, lines: Sequence[Said]) -> Node:
    """Give the lines of a text as one, at the place of the first."""
    first = lines[0]
    end = first.end if len(lines) == 1 else -1
    return Node(plain("\n".join(line.text for line in lines)), first.line, first.column, end)


def put_label(page: Page, draft: Draft, field: Field, entry: Labelled) -> None:
    """Set the key that a label says. Raises DocumentError for one that was said before, or that says nothing."""
    if not entry.value:
        page.refuse(entry.label, f"'{shorten(entry.label.text)}' says nothing.", "Write its value behind it.")
    node = joined(page, entry.value)
    draft.put(field.key, _converted(page, node, field.kind, entry), at=page.node("", entry.label))


def _converted(page: Page, node: Node, kind: str, entry: Labelled) -> Node:
    if kind == "number":
        try:
            node.value = resolve_plain(node.value)
        except InexactNumber as error:
            page.refuse(entry.value[0], str(error), error.hint, code="RG003")
    elif kind == "span":
        node.value = leading_span(node.value) or node.value
    elif kind == "word":
        node.value = (re.split(r"[^A-Za-z]", node.value, maxsplit=1)[0] or node.value).lower()
    return node


def texts(page: Page, node: Node, block: Block, *, remarks: bool = True) -> None:
    """Add the entries of a list; without ``remarks`` what stands in brackets at their end is left out."""
    for item in block.children:
        if item.children and item.children[0].kind == "paragraph":
            lines = page.lines_of(item.children[0])
            first = lines[0].part(len(lines[0].text) - len(without_checkbox(lines[0].text)))
            entry = joined(page, [first, *lines[1:]])
            if not remarks and code_only(first.text) is None:
                entry.value = _without_remark(entry.value)
            append(node, entry)
        elif item.children:
            page.refuse(page.start(item), "This entry has no text.", "Write it as one line.")


def _without_remark(text: str) -> str:
    """Leave out what stands in brackets at the end."""
    start = text.rfind("(")
    remark = start > 0 and text.endswith(")") and ")" not in text[start:-1] and text[start - 1].isspace()
    return text[:start].rstrip() if remark else text


def check_spelling(page: Page, entry: Labelled, known: Mapping[str, object]) -> None:
    """Refuse a label that is nearly one that would be read. Any other is text for people."""
    near = "" if entry.name in known else nearest(entry.name, tuple(known), cutoff=0.8)
    if near:
        page.refuse(
            entry.label,
            f"There is no label '{shorten(entry.label.text)}' here.",
            f"Did you mean '{near.capitalize()}'?",
            code="RG004",
        )
