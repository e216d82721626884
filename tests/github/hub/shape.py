"""Documents of the shape that GitHub's description asks for, around the few values that a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.github.hub.description import DEFINITIONS

_TEXTS = {"uri": "https://github.test/", "date-time": "2026-01-31T12:00:00Z", "email": "someone@example.org"}


def shaped(schema: Mapping[str, Any], known: Any) -> Any:
    """Give ``known`` with everything beside it that the schema requires: null where it may be, else the smallest."""
    schema = _resolved(schema)
    if isinstance(known, list) and "items" in schema:
        return [shaped(schema["items"], item) for item in known]
    if not isinstance(known, Mapping):
        return known
    properties = _properties(schema)
    missing = {name: _smallest(properties.get(name, {})) for name in _required(schema) if name not in known}
    return missing | {name: shaped(properties.get(name, {}), value) for name, value in known.items()}


def _smallest(schema: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one for each type
    schema = _resolved(schema)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "")
    if "null" in kind or {"type": "null"} in schema.get("anyOf", ()):
        return None
    if schema.get("oneOf") or schema.get("anyOf"):
        return _smallest((schema.get("oneOf") or schema["anyOf"])[0])
    if kind == "array":
        return [_smallest(schema["items"])] * schema.get("minItems", 0)
    if kind == "string":
        return _TEXTS.get(schema.get("format", ""), "x" * schema.get("minLength", 0))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return shaped(schema, {})


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = DEFINITIONS[schema["$ref"].rpartition("/")[2]]
    return schema


def _parts(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give what a document has to fit: the schema, everything that it joins, and the first of its alternatives."""
    joined = [*schema.get("allOf", ()), *(schema.get("oneOf") or schema.get("anyOf") or ())[:1]]
    return [schema, *(part for one in joined for part in _parts(_resolved(one)))]


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for part in _parts(schema) for name, value in part.get("properties", {}).items()}


def _required(schema: Mapping[str, Any]) -> list[str]:
    return [name for part in _parts(schema) for name in part.get("required", ())]
