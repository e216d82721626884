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
    """Give jsonschema's validator, which says what is wrong; it reads patterns as the compiled one does."""
    from jsonschema import Draft7Validator, ValidationError, validators

    def pattern(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not _ecma(wanted).search(instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    extend: Any = validators.extend
    return extend(Draft7Validator, {"pattern": pattern})(load_schema(name))


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
