"""The example plans as plain data, and ways to spoil them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from rollback_gov.plans.source import read_source
from rollback_gov.plans.yaml_reader import read_yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted([*ROOT.glob("plans-example/*/plan.yaml"), Path(__file__).parent / "sketch" / "plan.yaml"])

JsonPath = tuple[str | int, ...]


def read_document(path: Path) -> Any:
    """Read a plan as dicts, lists and scalars."""
    return read_yaml(read_source(path))[0]


DOCUMENTS = {path.parent.name: read_document(path) for path in EXAMPLES}


def paths(value: Any, path: JsonPath = ()) -> Iterator[JsonPath]:
    """Give the path of every value inside a document but the document itself."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        yield (*path, key)
        yield from paths(below, (*path, key))


PATHS = {name: list(paths(document)) for name, document in DOCUMENTS.items()}
JUNK: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    7,
    10**30,
    0.5,
    -2.0,
    3.0,
    1e300,
    "",
    "x",
    "5m",
    "5m\n",
    "٣m",
    "1%",
    "-1",
    "run",
]
JUNK += ["A b", "x" * 70, "high", [], ["a", "a"], [1], ["run", "http"], {}, {"id": "x"}, {"run": "true", "wait": "1m"}]
JUNK += [{"value": 1, "baseline": "x"}, {"source": 3}, [{}], [None], {"a-b": "c"}, {"\n": 1}, {"run": "true"}]


def parent(document: Any, path: JsonPath) -> Any:
    """Give the mapping or list that holds the value at a path."""
    for part in path[:-1]:
        document = document[part]
    return document


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """An example plan with one to three of its values changed, removed, renamed or put elsewhere."""
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    document = copy.deepcopy(DOCUMENTS[name])
    for path in draw(st.lists(st.sampled_from(PATHS[name]), min_size=1, max_size=3)):
        try:
            holder, key = parent(document, path), path[-1]
            old = holder[key]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
        if isinstance(holder, str):
            continue  # an earlier change put text there
        kind = draw(st.sampled_from(["change", "change", "remove", "rename", "exchange", "wrap", "add"]))
        if kind == "change":
            holder[key] = draw(st.sampled_from(JUNK))
        elif kind == "remove":
            del holder[key]
        elif kind == "rename" and isinstance(holder, dict):
            holder[str(key)[:-1] + draw(st.sampled_from(["", "x", "s", str(key)[-1]]))] = holder.pop(key)
        elif kind == "exchange":
            other = draw(st.sampled_from(PATHS[name]))
            holder[key] = copy.deepcopy(parent(DOCUMENTS[name], other)[other[-1]])
        elif kind == "wrap":
            holder[key] = draw(st.sampled_from([[old], {"value": old}, {"run": old}]))
        elif isinstance(old, dict):
            old[draw(st.sampled_from(["run", "id", "query", "baseline", "stepz", "<<"]))] = draw(st.sampled_from(JUNK))
    return document
