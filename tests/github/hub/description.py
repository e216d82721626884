"""GitHub's own description of its API: what of a request and of a response can be checked against it.

What stands there only in prose is coded by hand where the resource is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import jsonschema_rs

_DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "description.json").read_text(encoding="utf-8"))
DEFINITIONS: dict[str, Any] = _DOCUMENT["$defs"]
_NUMBER = re.compile(r"-?\d+")


def operations() -> dict[str, Any]:
    """Give everything that is described, by operation."""
    found: dict[str, Any] = _DOCUMENT["operations"]
    return found


class MisfitError(AssertionError):
    """A request or a response that GitHub's description does not allow."""


class Match(NamedTuple):
    """An operation, and the values in its path."""

    operation: str
    values: dict[str, str]


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Give method, path and operation; those with fewer names in the path first, as ``/issues/comments/1``."""
    found = [
        (told["method"], re.compile(_pattern(told["path"])), name) for name, told in _DOCUMENT["operations"].items()
    ]
    return tuple(sorted(found, key=lambda route: route[1].groups))


def _pattern(path: str) -> str:
    """A file's path and a ref of git may have slashes in them."""
    wide = ("path", "ref") if "/git/ref" in path else ("path",)
    return re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{'.+' if name[1] in wide else '[^/]+'})", path)


def match(method: str, path: str) -> Match | None:
    """Find the operation of a request; None where GitHub has none, or ``trim.py`` has left it out."""
    for verb, pattern, name in _routes():
        if verb == method and (found := pattern.fullmatch(path)):
            return Match(name, {key: unquote(value) for key, value in found.groupdict().items()})
    return None


def check_request(found: Match, query: Mapping[str, str], body: Any) -> None:
    """Raise MisfitError for whatever GitHub would refuse with 422, or pass over without a word."""
    told = _DOCUMENT["operations"][found.operation]
    for name, value in found.values.items():
        _hold(_typed(value, told["path_parameters"][name]), told["path_parameters"][name], f"{found.operation} {name}")
    for name, value in query.items():
        if name not in told["query"]:
            raise MisfitError(f"{found.operation} has no parameter '{name}'.")
        _hold(_typed(value, told["query"][name]), told["query"][name], f"{found.operation} ?{name}")
    if body is None:
        if told["body_required"]:
            raise MisfitError(f"{found.operation} wants a body.")
        return
    if told["body"] is None:
        raise MisfitError(f"{found.operation} takes no body: {body}")
    unknown = set(body) - _properties(told["body"])
    if unknown:
        raise MisfitError(f"{found.operation} knows no {', '.join(sorted(unknown))}.")
    _hold(body, told["body"], f"{found.operation} body")


def check_response(operation: str, status: int, document: Any) -> None:
    """Raise MisfitError for an answer that GitHub does not give, by its status or by its shape."""
    schema = _responses(operation, status)[str(status)]
    if schema is not None:
        _hold(document, schema, f"{operation} {status}")


def answer_schema(operation: str, status: int = 200) -> dict[str, Any]:
    """Give the schema of an answer."""
    return _responses(operation, status)[str(status)] or {}


def _responses(operation: str, status: int) -> dict[str, Any]:
    told: dict[str, Any] = _DOCUMENT["operations"][operation]["responses"]
    if str(status) not in told:
        raise MisfitError(f"{operation} never answers with {status}.")
    return told


def _properties(schema: Mapping[str, Any]) -> set[str]:
    """Give the keys that a body may have; of alternatives those of all."""
    if "$ref" in schema:
        return _properties(DEFINITIONS[schema["$ref"].rpartition("/")[2]])
    parts = [part for word in ("oneOf", "anyOf", "allOf") for part in schema.get(word, ())]
    return {*schema.get("properties", ()), *(name for part in parts for name in _properties(part))}


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """Read a value out of an address as what it is to be."""
    if schema.get("type") == "integer" and _NUMBER.fullmatch(text):
        return int(text)
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _hold(value: Any, schema: Mapping[str, Any], where: str) -> None:
    for error in _validator(json.dumps(schema, sort_keys=True)).iter_errors(value):
        place = "/".join(map(str, error.instance_path))
        raise MisfitError(f"{where}{f' at {place}' if place else ''}: {error.message[:500]}")


@cache
def _validator(schema: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "$defs": DEFINITIONS})
