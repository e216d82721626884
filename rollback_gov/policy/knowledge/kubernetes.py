"""What kubectl and helm need to be told, and what about."""

from __future__ import annotations

from functools import lru_cache

from rollback_gov.policy.shell.arguments import flag, option
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import Command, Script
from rollback_gov.policy.shell.subcommands import operands_of
from rollback_gov.policy.shell.unwrapping import REMOTE

LOCAL = names("config version completion explain kustomize plugin help options template lint package repo search")
"""Subcommands that speak to no cluster, or only to say which."""
WHOLE_CLUSTER = names("cluster-info api-resources api-versions cordon uncordon drain taint certificate auth")
CLUSTER_KINDS = names(
    "node nodes no namespace namespaces ns pv persistentvolume persistentvolumes crd crds customresourcedefinition "
    "customresourcedefinitions clusterrole clusterroles clusterrolebinding clusterrolebindings storageclass "
    "storageclasses sc priorityclass apiservice apiservices"
)
NAMED_IN_FILE = frozenset({"apply", "create", "replace", "diff"})
"""Their objects say themselves in which namespace they belong."""
_CONTEXT = ("--context", "--kubeconfig", "--kube-context", "-s", "--server", "--cluster")
_NAMESPACE = ("-n", "--namespace", "-A", "--all-namespaces")


def missing(command: Command, script: Script, parameters: frozenset[str]) -> list[str]:
    """Say what the command is not told: the cluster, the namespace, or both."""
    plain = [word.value for word in operands_of(command)]
    if not plain or plain[0] in LOCAL or command.inside(REMOTE) or _unknown(command):
        return []
    lacks = []
    if not _given(command, _CONTEXT) and not _cluster_is_set(script, parameters):
        lacks.append("a cluster (--context)")
    if not _given(command, _NAMESPACE) and _needs_namespace(command, plain) and not _namespace_is_set(script):
        lacks.append("a namespace (-n)")
    return lacks


def _given(command: Command, names: tuple[str, ...]) -> bool:
    return any(option(command, name) is not None or flag(command, name) is not None for name in names)


def _unknown(command: Command) -> bool:
    """Options may hide in a variable that is not quoted, or in an array."""
    return any(
        (not word.literal and (not word.quoted or "[@]" in word.value or "$@" in word.value) and word.value[:1] == "$")
        or "${@}" in word.value
        for word in command.arguments
    )


def _cluster_is_set(script: Script, parameters: frozenset[str]) -> bool:
    words, assigned = _own_settings(script)
    return "use-context" in words or bool({"KUBECONFIG", "HELM_KUBECONTEXT"} & (parameters | assigned))


def _namespace_is_set(script: Script) -> bool:
    return "set-context" in _own_settings(script)[0]


@lru_cache(maxsize=512)
def _own_settings(script: Script) -> tuple[frozenset[str], frozenset[str]]:
    """Give what a script tells ``kubectl``, word by word, and the variables that it sets: looked for once a script."""
    words = (word.value for command in script.by_program.get("kubectl", ()) for word in command.words)
    return frozenset(words) & {"use-context", "set-context"}, frozenset(each.name for each in script.assignments)


def _needs_namespace(command: Command, plain: list[str]) -> bool:
    verb = plain[0]
    if verb in WHOLE_CLUSTER or (verb in NAMED_IN_FILE and _given(command, ("-f", "-k", "--filename", "--kustomize"))):
        return False
    kinds = {word.partition("/")[0] for word in plain[1:3]} if len(plain) > 1 else set()
    return not kinds & CLUSTER_KINDS
