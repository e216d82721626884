"""Every character of a text is found where it stands in the file."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.plans.scalars import map_scalar
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import Node
from rollback_gov.plans.yaml_reader import read_yaml

WRITTEN = {
    "plain": "run: kubectl get pods  # all",
    "plain in a flow": "{run: kubectl get pods, id: x}",
    "plain over lines": "run: kubectl\n  get\n\n  pods\nid: x",
    "single": "run: 'echo ''a'' b'",
    "single over lines": "run: 'echo\n   a  \n\n   b'",
    "double": r'run: "echo \"a\" \t\x41é\U0001F600 \\ b"',
    "double over lines": 'run: "echo \\\n   a  \n\n   b \\\n   \\  c"',
    "literal": "run: |\n  a\n    b\n\n  c\nid: x",
    "literal, kept": "run: |+ # why\n  a\n\n\nid: x",
    "literal, stripped and indented": "run: |-2\n    a\n   b\nid: x",
    "literal in a list": "steps:\n  - run: |2\n       a\n      b\n    id: x",
    "folded": "run: >\n  a\n  b\n\n  c\n    d\n  e\n\n\n  f\nid: x",
    "folded, stripped": "run: >-\n\n  a\n  b\nid: x",
    "anchor": "run: &script |\n  a b\nid: x",
    "anchor and tag on a line of their own": "run: !!str &x\n  'a ''b'\nid: x",
    "windows": "run: |\r\n  a\r\n  b\r\nid: x\r\n",
    "windows, quoted": 'run: "a\r\n  b"\r\n',
    "at the end of the file": "run: |\n  a\n  b",
    "other scripts": "run: |\n  echo äöü 🚀 x\n",
}


def found(text: str) -> tuple[str, Node, list[str]]:
    source = Source("plan.yaml", text)
    _, source_map = read_yaml(source)
    node = source_map.node(("steps", 0, "run")) or source_map.node(("run",))
    assert node is not None
    return str(node.value), node, source.lines


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_letters_stand_where_the_map_says(text: str) -> None:
    value, node, lines = found(text)
    places = map_scalar(lines, node)

    assert places
    for offset, character in enumerate(value):
        line, column = places.at(offset)
        written = lines[line][column : column + 1]
        assert character in (written, "\n", " ") or written == "\\", (offset, character, line, column)


@given(
    st.text(alphabet="ab '\"\\\n\t#:-é🚀&{}[],", min_size=1, max_size=60),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.integers(4, 30),
)
def test_whatever_a_text_is_and_however_it_is_written(text: str, style: str | None, width: int) -> None:
    tag = "tag:yaml.org,2002:str"
    pairs = [
        (yaml.ScalarNode(tag, key), yaml.ScalarNode(tag, entry, style=how))
        for key, entry, how in (("run", text, style), ("x", "y", None))
    ]
    written = yaml.serialize(yaml.MappingNode("tag:yaml.org,2002:map", pairs), width=width, allow_unicode=True)
    value, node, lines = found(written)
    places = map_scalar(lines, node)

    assert places, written
    seen = [places.at(offset) for offset in range(len(value))]
    assert seen == sorted(seen)
    for character, (line, column) in zip(value, seen, strict=True):
        shown = lines[line][column : column + 1]
        assert character == shown or character.isspace() or shown == "\\", written


def test_where_the_lines_say_something_else_nothing_is_claimed() -> None:
    assert not map_scalar(["run: something"], Node("something else", 0, 5))
    assert not map_scalar(["run: 3"], Node(3, 0, 5))
    assert not map_scalar([], Node("x", 0, 5))


def test_a_fence_is_a_block_without_a_header() -> None:
    lines = ["1. Undo", "   ```bash", "   kubectl get pods", "     x", "   ```"]

    places = map_scalar(lines, Node("kubectl get pods\n  x\n", 1, 3, block=True))

    assert places.at(8) == (2, 11)
    assert places.at(17) == (3, 3)
