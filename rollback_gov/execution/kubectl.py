"""kubectl's argument vectors, out of a plan's ``kubernetes`` step. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rollback_gov.execution.arguments import value_of, within
from rollback_gov.model.action import Kubernetes

ENVIRONMENT = {"KUBERC": "off"}
"""A person's own defaults for kubectl are not for a rollback."""
_WAITS = frozenset({"rollout_status", "wait", "delete"})
"""Verbs with a timeout of their own; the others are one request."""


def is_repeatable(wish: Kubernetes) -> bool:
    """Tell whether doing it twice leaves the cluster as doing it once.

    Restarting replaces all pods again, a JSON patch may add twice, what was deleted may have come back for a reason,
    and undoing without a revision flips back: none of these is repeated without a look.
    """
    harmless = ("rollout_status", "set_image", "scale", "apply", "wait")
    return wish.verb in harmless or (wish.verb == "patch" and wish.patch_type != "json")


def question(wish: Kubernetes, parameters: Mapping[str, str], *words: str) -> tuple[str, ...]:
    """Give the arguments that ask the step's cluster something."""
    return "kubectl", *words, *_place(wish, parameters), "--request-timeout=10s"


def arguments(
    wish: Kubernetes, parameters: Mapping[str, str], *, seconds: float, revision: str = ""
) -> tuple[str, ...]:
    """Give the arguments that do what the step says. ``seconds`` is its time, ``revision`` where an undo goes.

    A value of the plan is an argument of its own, or stands behind the ``=`` of an option.
    """
    limit = "timeout" if wish.verb in _WAITS else "request-timeout"
    place = (*_place(wish, parameters), f"--{limit}={within(seconds)}")
    return ("kubectl", *_words(wish, parameters, revision), *place)


def _place(wish: Kubernetes, parameters: Mapping[str, str]) -> tuple[str, ...]:
    context = value_of(wish.context, parameters)
    named = (f"--context={context}",) if context else ()
    return *named, f"--namespace={value_of(wish.namespace, parameters)}"


def _words(wish: Kubernetes, parameters: Mapping[str, str], revision: str) -> tuple[str, ...]:
    verb, target = wish.verb, wish.target
    if verb.startswith("rollout_"):
        options = (f"--to-revision={revision}",) if verb == "rollout_undo" else ()
        return "rollout", verb.removeprefix("rollout_"), target, *options
    if verb == "set_image":
        images = (wish.images or {}).items()
        return "set", "image", target, *(f"{name}={value_of(image, parameters)}" for name, image in images)
    more = {
        "scale": (target, f"--replicas={wish.replicas}"),
        "patch": (target, f"--type={wish.patch_type}", f"--patch={json.dumps(wish.content)}"),
        "apply": (f"--filename={target}",),
        "delete": (target, *_selector(wish), "--ignore-not-found"),
        "wait": (target, *_selector(wish), f"--for={condition(wish.condition)}"),
    }
    return verb, *more[verb]


def _selector(wish: Kubernetes) -> tuple[str, ...]:
    return (f"--selector={wish.selector}",) if wish.selector else ()


def condition(text: str) -> str:
    """Write a condition as ``--for`` wants it: ``Available`` is ``condition=Available``."""
    known = text in ("delete", "create") or text.startswith(("condition=", "jsonpath="))
    return text if known else f"condition={text}"
