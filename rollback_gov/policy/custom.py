"""An organisation's own rules: expressions in CEL over ``plan``, compiled once and checked before the first plan.

CEL has no loops but those over lists, its patterns match in linear time, and an evaluation ends after 10,000 turns, so
no expression can hold a validation up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.policy import CustomRule, Policy
from rollback_gov.plans.source_map import parse_path
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Page, Rule
from rollback_gov.policy.subject import Subject

if TYPE_CHECKING:
    from rollback_gov.policy.organisation import Organisation

Answer = Callable[[Mapping[str, Any]], Any]
_EXTRA = "Install it with the extra `cel`: pip install 'rollback-gov[cel]'."


class BrokenExpression(UsageError):  # noqa: N818 - says what is wrong
    """An expression that is not CEL, or whose answer is not true or false. The message says what is wrong in it."""


def check_custom_rules(organisation: Organisation) -> None:
    """Compile every expression. Raises UsageError, with its place in the policy, for one that is broken."""
    for rule in organisation.policy.rules:
        try:
            custom_rules((rule,))
        except BrokenExpression as error:
            raise UsageError(f"{organisation.place_of_rule(rule.code)}: {error}", hint=error.hint) from error


def all_rules(policy: Policy) -> Mapping[str, Rule]:
    """Give every rule that holds by its code, the organisation's own last. Raises BrokenExpression."""
    return {**rules(), **{rule.code: rule for rule in custom_rules(policy.rules)}}


@cache
def custom_rules(own: tuple[CustomRule, ...]) -> tuple[Rule, ...]:
    """Turn the policy's rules into rules like all others. Without any, nothing is imported. Raises BrokenExpression."""
    return tuple(map(_rule, own))


def _rule(custom: CustomRule) -> Rule:
    when = _compiled(custom, "when", custom.when or "true")
    require = _compiled(custom, "require", custom.require)
    path = parse_path(custom.at)

    def judge(subject: Subject) -> Iterator[Finding]:
        data = {"plan": subject.document}
        try:
            if not when(data) or require(data):
                return
        except BrokenExpression as error:
            message = f"{custom.code} could not be evaluated: {error}"
            yield subject.finding(path, message, "Use has(…) for keys that a plan may leave out.")
        else:
            yield subject.finding(path, custom.message, custom.hint)

    rule = Rule(code=custom.code, title=custom.message.rstrip("."), page=_page(custom), judge=judge)
    return replace(rule, severity=Severity(custom.severity), waivable=custom.waivable)


def _page(custom: CustomRule) -> Page:
    applies = f"For plans with `{custom.when}`: " if custom.when else ""
    return Page(what=f"{applies}`{custom.require}`.", why="The organisation's policy says so.", bad="", good="")


def _compiled(custom: CustomRule, key: str, text: str) -> Answer:
    """Compile one expression, with the types of its parts checked as far as they are known."""
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise BrokenExpression(f"{custom.code} is written in CEL, and no CEL library is there.", hint=_EXTRA) from error
    environment = cel.NewEnv(variables={"plan": cel.Type.DYN})
    try:
        expression = environment.compile(text)
    except Exception as error:  # the library raises RuntimeError for everything
        raise BrokenExpression(f"`{key}` of {custom.code} is no CEL expression: {_said(error)}") from error
    if expression.return_type().name() not in ("BOOL", "DYN"):
        kind = expression.return_type().name()
        raise BrokenExpression(f"`{key}` of {custom.code} must be true or false, and it gives a {kind}.")
    return lambda data: _answer(expression, key, data)


def _answer(expression: Any, key: str, data: Mapping[str, Any]) -> bool:
    try:
        found = expression.eval(data=data)
    except Exception as error:
        raise BrokenExpression(f"`{key}`: {_said(error)}") from error
    value = found.plain_value()
    if isinstance(value, bool):
        return value
    if found.type().name() == "ERROR":
        raise BrokenExpression(f"`{key}`: {_one_line(str(value))}.")
    raise BrokenExpression(f"`{key}` gives {_one_line(str(value))}, which is not true or false.")


def _said(error: Exception) -> str:
    """Give what the library says without its source excerpt: "ERROR: <input>:1:24: Syntax error: …"."""
    first = str(error).splitlines()[0].removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: <input>:")
    return f"{_one_line(first)}."


def _one_line(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 200 else f"{shown[:199]}…"
