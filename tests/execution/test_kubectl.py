"""kubectl's argument vectors: one element a value, an explicit place, and a timeout of kubectl's own."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.execution.kubectl import arguments, is_repeatable
from rollback_gov.model.action import Kubernetes
from rollback_gov.plans.build import build

PLACE = ["--context=prod-eu", "--namespace=shop"]


def argv(body: dict[str, Any], *, seconds: float = 20, revision: str = "") -> list[str]:
    wish = build(Kubernetes, {"namespace": "shop", "context": {"parameter": "CONTEXT"}, **body})
    return list(arguments(wish, {"CONTEXT": "prod-eu", "IMAGE": "x:1"}, seconds=seconds, revision=revision))


@pytest.mark.parametrize(
    ("body", "words", "limit"),
    [
        ({"rollout_undo": "deployment/web"}, ["rollout", "undo", "deployment/web", "--to-revision=3"], "request-"),
        ({"rollout_status": "deployment/web"}, ["rollout", "status", "deployment/web"], ""),
        ({"rollout_restart": "ds/web"}, ["rollout", "restart", "ds/web"], "request-"),
        (
            {"set_image": "deployment/web", "images": {"web": {"parameter": "IMAGE"}, "log": "l:2"}},
            ["set", "image", "deployment/web", "web=x:1", "log=l:2"],
            "request-",
        ),
        ({"scale": "deployment/web", "replicas": 0}, ["scale", "deployment/web", "--replicas=0"], "request-"),
        (
            {"patch": "deployment/web", "patch_type": "merge", "content": {"spec": {"paused": True}}},
            ["patch", "deployment/web", "--type=merge", '--patch={"spec": {"paused": true}}'],
            "request-",
        ),
        ({"apply": "k8s/web.yaml"}, ["apply", "--filename=k8s/web.yaml"], "request-"),
        ({"delete": "job/migrate"}, ["delete", "job/migrate", "--ignore-not-found"], ""),
        (
            {"wait": "pod", "selector": "app=web", "condition": "Ready"},
            ["wait", "pod", "--selector=app=web", "--for=condition=Ready"],
            "",
        ),
        ({"wait": "pod/web-0", "condition": "delete"}, ["wait", "pod/web-0", "--for=delete"], ""),
        (
            {"wait": "pod/web-0", "condition": "jsonpath={.status.phase}=Running"},
            ["wait", "pod/web-0", "--for=jsonpath={.status.phase}=Running"],
            "",
        ),
    ],
)
def test_each_verb(body: dict[str, Any], words: list[str], limit: str) -> None:
    assert argv(body, revision="3") == ["kubectl", *words, *PLACE, f"--{limit}timeout=18.0s"]


@pytest.mark.parametrize(("seconds", "limit"), [(600.0, "595.0s"), (4.0, "3.5s"), (0.6, "0.3s"), (0.0, "0.1s")])
def test_kubectl_gives_up_a_little_before_the_step_does(seconds: float, limit: str) -> None:
    assert argv({"rollout_status": "d/x"}, seconds=seconds)[-1] == f"--timeout={limit}"


def test_without_a_context_kubectl_takes_the_current_one() -> None:
    wish = build(Kubernetes, {"namespace": "shop", "rollout_status": "d/x"})
    assert not [word for word in arguments(wish, {}, seconds=9) if "context" in word]


@pytest.mark.parametrize(
    ("body", "harmless"),
    [
        ({"rollout_undo": "d/x"}, False),
        ({"rollout_status": "d/x"}, True),
        ({"rollout_restart": "d/x"}, False),
        ({"set_image": "d/x", "images": {"a": "b"}}, True),
        ({"scale": "d/x", "replicas": 0}, True),
        ({"patch": "d/x", "content": {}}, True),
        ({"patch": "d/x", "patch_type": "merge", "content": {}}, True),
        ({"patch": "d/x", "patch_type": "json", "content": []}, False),
        ({"apply": "x"}, True),
        ({"delete": "d/x"}, False),
        ({"wait": "d/x", "condition": "delete"}, True),
    ],
)
def test_what_may_be_done_twice(body: dict[str, Any], harmless: bool) -> None:
    assert is_repeatable(build(Kubernetes, {"namespace": "shop", **body})) == harmless
