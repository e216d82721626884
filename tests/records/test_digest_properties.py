"""How a plan is written never changes a digest; what it runs always does."""

from __future__ import annotations

import random
import string
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rollback_gov.model.evidence import Digests
from tests.records.documents import PLAN, SCRIPT, digests_of, load, load_yaml, plan_document
from tests.thoroughness import examples

PROSE = frozenset({"title", "name", "owner", "use_when", "description", "role", "reach"})
"""Keys of the plan that only people read."""
KIND = frozenset({"apiVersion", "kind"})
Place = tuple[str | int, ...]


@cache
def today() -> Digests:
    with tempfile.TemporaryDirectory() as folder:
        return digests_of(load(PLAN, Path(folder)))


def written(text: str, script: str = SCRIPT) -> Digests:
    with tempfile.TemporaryDirectory() as folder:
        return digests_of(load_yaml(text, Path(folder), script=script))


def commented(text: str, rng: random.Random) -> str:
    """Put comments and empty lines before top-level keys, where they are no part of any text."""
    lines = []
    for line in text.splitlines():
        if line[:1].isalpha() and rng.random() < 0.7:
            lines += ["", f"# {rng.choice(string.ascii_letters)}: [not: a key", "    # - nor this"]
        lines.append(line)
    return "\n".join([*lines, "# the end", ""])


# How it is written


@settings(max_examples=examples(60))
@given(
    seed=st.integers(0, 2**32),
    style=st.sampled_from([None, "'", '"', "|", ">"]),
    flow=st.sampled_from([None, True, False]),
    indent=st.integers(2, 9),
    width=st.integers(20, 200),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    marks=st.booleans(),
)
def test_style_comments_and_line_endings_change_nothing(
    seed: int, style: str | None, flow: bool | None, indent: int, width: int, ending: str, marks: bool
) -> None:
    rng = random.Random(seed)

    # A style makes texts of numbers and flags, which would be another document: it is put on texts alone.
    class Styled(yaml.SafeDumper):
        pass

    Styled.add_representer(str, lambda one, text: one.represent_scalar("tag:yaml.org,2002:str", text, style=style))
    text = yaml.dump(
        PLAN,
        Dumper=Styled,
        default_flow_style=flow,
        indent=indent,
        width=width,
        sort_keys=rng.random() < 0.5,
        explicit_start=marks,
        allow_unicode=marks,
    )
    text = text if flow else commented(text, rng)
    assert written(text.replace("\n", ending)) == today()


# What it says


def leaves(value: Any, path: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from leaves(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from leaves(entry, (*path, index))
    else:
        yield path


def put(path: Place, change: Any) -> dict[str, Any]:
    document = plan_document()
    holder: Any = document
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = change(holder[path[-1]])
    return document


def another(value: Any) -> Any:
    """Give another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value - 1
    shorter = {"%": "4%", "m": "50s", "s": "29s"}.get(value[-1:]) if value[:1].isdigit() else None
    return shorter or f"{value}x"


PLACES = [path for path in leaves(PLAN) if not KIND & set(path)]


def test_every_value_counts_where_it_should(tmp_path: Path) -> None:
    """Each alone; where that would be no plan any more, because something else names an id, nothing is asked."""
    asked = 0
    for path in PLACES:
        loaded = load(put(path, another), tmp_path)
        if loaded.plan is None:
            continue
        changed = digests_of(loaded)
        assert changed.plan != today().plan, path
        assert (changed.executable == today().executable) is (path[-1] in PROSE), path
        asked += 1
    assert asked > len(PLACES) * 3 / 4


commands = [path for path in PLACES if path[-1] == "run"]


@settings(max_examples=examples(100))
@given(
    path=st.sampled_from(commands),
    inserted=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=5),
    place=st.floats(0, 1),
)
def test_anything_put_into_a_command_changes_what_runs(path: Place, inserted: str, place: float) -> None:
    def insert(text: str) -> str:
        at = round(place * len(text))
        return text[:at] + inserted + text[at:]

    with tempfile.TemporaryDirectory() as folder:
        loaded = load(put(path, insert), Path(folder))
        assume(loaded.plan is not None)
        changed = digests_of(loaded)
    assert changed.executable != today().executable
    assert changed.plan != today().plan
    assert {*changed.sections.values(), *changed.phases.values()} != {
        *today().sections.values(),
        *today().phases.values(),
    }


@settings(max_examples=examples(50))
@given(script=st.binary(max_size=200))
def test_any_other_script_changes_what_runs(script: bytes) -> None:
    assume(script != SCRIPT.encode())
    with tempfile.TemporaryDirectory() as folder:
        load(PLAN, Path(folder))
        (Path(folder) / "scripts" / "verify.sh").write_bytes(script)
        from rollback_gov.plans.load import load_text
        from rollback_gov.plans.source import Source

        text = yaml.safe_dump(deepcopy(PLAN), sort_keys=False)
        changed = digests_of(load_text(Path(folder) / "plan.yaml", Source("plan.yaml", text)))
    assert changed.executable != today().executable
    assert changed.plan == today().plan
