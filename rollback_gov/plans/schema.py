"""Documents against their JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

from rollback_gov.plans.problem import Problem
from rollback_gov.resources import resource

MAX_PROBLEMS = 100
FEW = 20
"""Entries of a list that jsonschema looks at; of a longer one, the compiled validator says which are wrong."""


@cache
def load_schema(name: str) -> Any:
    """Give a bundled schema by its file's stem, such as ``plan-v1``."""
    return json.loads(resource("schemas", f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def fast_validator(name: str) -> Any:
    """Give the compiled validator, which says quickly whether a document is right."""
    import jsonschema_rs

    return jsonschema_rs.Draft7Validator(load_schema(name))


def check_schema(name: str, document: Any) -> tuple[Problem, ...]:
    """Check a document; at most 100 problems, in the order of the document.

    The compiled validator answers for documents that are right; jsonschema explains those that are not.
    """
    if fast_validator(name).is_valid(document):
        return ()
    from rollback_gov.plans.explanations import explain

    problems = (problem for error in explaining_validator(name).iter_errors(document) for problem in explain(error))
    return tuple(sorted(islice(problems, MAX_PROBLEMS), key=lambda problem: _order(document, problem.path)))


@cache
def explaining_validator(name: str) -> Any:
    """Give jsonschema's validator, which says what is wrong; it reads patterns as the compiled one does.

    Looking at every entry of a long list would take it a hundred times as long as the compiled one.
    """
    from jsonschema import Draft7Validator, ValidationError, validators

    def pattern(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not _ecma(wanted).search(instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    def items(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, list):
            right = _entry_validator(name, json.dumps(wanted)).is_valid if len(instance) > FEW else None
            for index, entry in enumerate(instance):
                if right is None or not right(entry):
                    yield from validator.descend(entry, wanted, path=index)

    extend: Any = validators.extend
    return extend(Draft7Validator, {"pattern": pattern, "items": items})(load_schema(name))


@cache
def _entry_validator(name: str, wanted: str) -> Any:
    """Give the compiled validator of a part of a schema."""
    import jsonschema_rs

    definitions = load_schema(name).get("definitions", {})
    return jsonschema_rs.Draft7Validator({"definitions": definitions, "allOf": [json.loads(wanted)]})


@cache
def _ecma(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of ECMA 262: ``\\d`` is ASCII, and ``$`` is the very end, not before a last line break."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


def _order(document: Any, path: Sequence[str | int]) -> list[int]:
    """Give a path's position in the document, to sort by. A part that is not there comes first."""
    order = []
    for part in path:
        if isinstance(document, dict):
            order.append(list(document).index(part) if part in document else -1)
            document = document.get(part)
        else:
            order.append(int(part))
            document = document[part]
    return order
