"""Violations of a schema in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rollback_gov.model.finding import Fix
from rollback_gov.plans.problem import Problem, shorten

_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
_NAMES |= {list: "a list", dict: "a mapping", type(None): "nothing"}
_TYPES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_TYPES |= {"array": "a list", "object": "a mapping"}
_MEANT = "Did you mean '"
_SURE = 0.8
"""From which likeness on a value is taken for another one that is misspelt: "contniue" for "continue" (0.88)."""
_DURATIONS = "Write a number and a unit, such as 90s, 2m or 1h30m."


def explain(error: Any) -> Iterator[Problem]:
    """Turn one of jsonschema's errors into problems, each one sentence about one field."""
    path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        return map(_sentence, _property_name(path, error))
    return map(_sentence, EXPLANATIONS.get(error.validator, _other)(path, error))


def _sentence(problem: Problem) -> Problem:
    return replace(problem, message=problem.message[0].upper() + problem.message[1:])


def field(path: Sequence[str | int]) -> str:
    """Name a field for people: the last key, with its list position."""
    keys = [part for part in path if isinstance(part, str)]
    if not keys:
        return "the document"
    if path and isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of '{shorten(keys[-1])}'"
    return f"'{shorten(keys[-1])}'"


def suggest(word: str, choices: Sequence[str]) -> str:
    """Give "Did you mean 'x'?", or the choices where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"{_MEANT}{near[0]}'?"
    return f"Possible: {', '.join(choices)}." if 0 < len(choices) <= 40 else ""


def _wrong(path: tuple[str | int, ...], message: str, hint: str = "") -> Problem:
    return Problem(code="RG005", message=message, path=path, hint=hint)


def _unknown_keys(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            where = f"in {field(path)}" if path else "at the top level"
            hint = "YAML 1.2 has no merge keys; repeat the values." if key == "<<" else suggest(key, known)
            message = f"Unknown key '{shorten(key)}' {where}."
            fix = _renamed((*path, key), hint, error.instance)
            yield Problem(code="RG004", message=message, path=(*path, key), hint=hint, at_key=True, fix=fix)


def _renamed(path: tuple[str | int, ...], hint: str, instance: Mapping[str, Any]) -> Fix | None:
    """Give the key that was probably meant, unless it stands there as well."""
    meant = _meant(hint)
    return Fix(path=path, key=meant) if meant and meant not in instance else None


def _meant(hint: str) -> str:
    return hint.removeprefix(_MEANT).removesuffix("'?") if hint.startswith(_MEANT) else ""


def _is_misspelt(word: str, meant: str) -> bool:
    """Tell letters that are missing, doubled or changed over from another word that only looks like it."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word.lower(), meant).ratio() >= _SURE


_VARIABLE_NAME = "Use letters, digits and '_', and do not begin with a digit."
_FILE_NAME = "Use letters, digits, '_', '.' and '-', and begin with a letter or a digit: folders are named after it."


def _property_name(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    name = error.instance
    choices = error.validator_value if error.validator == "enum" else []
    is_file = error.validator == "pattern" and "." in error.validator_value
    hint = suggest(name, choices) or (_FILE_NAME if is_file else _VARIABLE_NAME)
    message = f"{field(path)} cannot have the key '{shorten(name)}'."
    yield Problem(code="RG004", message=message, path=(*path, name), hint=hint, at_key=True)


def _missing_keys(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    for key in error.validator_value:
        if key not in error.instance and f"'{key}'" in error.message:
            purpose = error.schema.get("properties", {}).get(key, {}).get("description", "")
            yield Problem(
                code="RG006",
                message=f"{field(path)} has no '{key}'.",
                path=path,
                hint=f"Add '{key}': {purpose[0].lower()}{purpose[1:]}" if purpose else f"Add '{key}'.",
            )


def _type(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    names = list(dict.fromkeys(_TYPES[name] for name in wanted))
    hint = ""
    if "ms" in error.schema.get("pattern", ""):
        names, hint = ["a duration"], _DURATIONS
    elif "string" in wanted and isinstance(error.instance, int | float):
        hint = "Put quotes around it."
    yield _wrong(path, f"{field(path)} must be {' or '.join(names)}, not {_found(error.instance)}.", hint)


def _found(value: Any) -> str:
    return _NAMES[type(value)]


def _enum(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    choices = [str(choice) for choice in error.validator_value]
    if isinstance(error.instance, str):
        hint = suggest(error.instance, choices)
        meant = _meant(hint)
        fix = Fix(path=path, value=meant) if meant and _is_misspelt(error.instance, meant) else None
        yield replace(_wrong(path, f"{field(path)} cannot be '{shorten(error.instance)}'.", hint), fix=fix)
    else:
        message = f"{field(path)} must be one of a few words, not {_found(error.instance)}."
        yield _wrong(path, message, f"Possible: {', '.join(choices)}.")


def _const(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    yield _wrong(path, f"{field(path)} must be '{error.validator_value}', not '{shorten(error.instance)}'.")


def _pattern(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    shown = f"'{shorten(error.instance)}'"
    description = error.schema.get("description", "")
    pattern = error.validator_value
    if "\n" in error.instance:
        message, hint = f"{field(path)} must be on one line.", "Write it behind the key, without | or >."
    elif "ms" in pattern:
        message, hint = f"{shown} is not a duration.", _DURATIONS
    elif "%" in pattern:
        message, hint = f"{shown} is not a number.", "Write a number such as 0.01, or a ratio such as 1%."
    elif pattern.startswith("^[a-z0-9]"):
        message, hint = f"{shown} is not an id.", "Use lower-case letters, digits, '-' and '_'."
    else:
        message, hint = f"{field(path)} cannot be {shown}.", description or f"It must match {pattern}."
    yield _wrong(path, message, hint)


def _one_of(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    if not isinstance(error.instance, Mapping):
        return  # its type is wrong, and that is said already
    choices = [key for option in error.validator_value for key in option.get("required", [])]
    given = [key for key in choices if key in error.instance]
    if len(given) > 1:
        message = f"{field(path)} has {' and '.join(repr(key) for key in given)}; only one of them is possible."
        yield Problem(code="RG005", message=message, path=(*path, given[1]), hint="Keep one.", at_key=True)
    else:
        message = f"{field(path)} needs one of: {', '.join(choices)}."
        yield Problem(code="RG006", message=message, path=path, hint="Add one of them.")


def _needs(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    for key, needed in error.validator_value.items():
        missing = [other for other in needed if other not in error.instance]
        if key in error.instance and f"is a dependency of '{key}'" in error.message and missing:
            message = f"{field((*path, key))} needs '{missing[0]}' beside it."
            yield Problem(code="RG006", message=message, path=(*path, key), hint=f"Add '{missing[0]}'.", at_key=True)


def _size(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    rule, limit = error.validator, error.validator_value
    sentences = {
        "minItems": f"needs at least {limit} entr{'y' if limit == 1 else 'ies'}",
        "minProperties": f"needs at least {limit} entr{'y' if limit == 1 else 'ies'}",
        "minLength": "must not be empty",
        "maxLength": f"is longer than {limit} characters",
        "minimum": f"must be at least {limit}",
        "maximum": f"must be at most {limit}",
        "uniqueItems": "names the same thing twice",
    }
    yield _wrong(path, f"{field(path)} {sentences[rule]}.")


def _other(path: tuple[str | int, ...], error: Any) -> Iterator[Problem]:
    yield _wrong(path, f"{field(path)} breaks the rule '{error.validator}' of its schema.")


EXPLANATIONS: Mapping[str, Any] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "oneOf": _one_of,
    "dependencies": _needs,
} | dict.fromkeys(("minItems", "minProperties", "minLength", "maxLength", "minimum", "maximum", "uniqueItems"), _size)
