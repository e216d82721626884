"""What holds for every record of the model: it cannot change, and it knows nothing but the model."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import rollback_gov.model

FILES = sorted(Path(rollback_gov.model.__path__[0]).glob("*.py"))
MODULES = [import_module(f"rollback_gov.model.{file.stem}") for file in FILES if file.stem != "__init__"]
RECORDS = [
    record
    for module in MODULES
    for _, record in getmembers(module, lambda item: isclass(item) and is_dataclass(item))
    if record.__module__ == module.__name__
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_a_record_never_changes(record: Any) -> None:
    instance, name = record.__new__(record), fields(record)[0].name
    with pytest.raises(AttributeError):
        setattr(instance, name, "something else")
    with pytest.raises(AttributeError):
        delattr(instance, name)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_a_record_says_what_it_is(record: Any) -> None:
    assert record.__doc__
    assert not record.__doc__.startswith(f"{record.__name__}(")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_the_types_of_its_fields_can_be_resolved(record: Any) -> None:
    assert set(get_type_hints(record)) >= {field.name for field in fields(record)}


@pytest.mark.parametrize(
    "record", [record for record in RECORDS if hasattr(record, "SHORTHAND")], ids=lambda record: record.__name__
)
def test_the_shorthand_of_a_record_is_one_of_its_fields(record: Any) -> None:
    assert record.SHORTHAND in {field.name for field in fields(record)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_lowest_floor_imports_from_itself_and_the_standard_library_alone(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rollback_gov"):
            assert node.module.startswith("rollback_gov.model")
