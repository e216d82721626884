"""What was deprecated or removed, since when, and what to use."""

from __future__ import annotations

from rollback_gov.policy.shell.script import Command, Word
from rollback_gov.policy.shell.subcommands import family, operands_of, subcommand

PROGRAMS = {
    "docker-compose": ("is Compose v1, which has had no updates since July 2023", "Use `docker compose`."),
    "mongo": ("is gone since MongoDB 6.0", "Use `mongosh`."),
    "apt-key": ("is gone since Debian 12", "Put the key into /etc/apt/keyrings."),
    "kubefed": ("is not kept any more", "Use the tool that has replaced it for you."),
}
"""A program: what has become of it, and what to use."""
SAME = {"--record": "", "--purge": "", "--delete-local-data": "--delete-emptydir-data"}
"""What does the same today: nothing, or an option under its new name."""
OPTIONS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "kubectl": (
        (
            "",
            "--record",
            "is deprecated since Kubernetes 1.22",
            "Leave it out, or set the annotation kubernetes.io/change-cause.",
        ),
        ("", "--export", "was removed in Kubernetes 1.18", "Leave it out."),
        ("run", "--generator", "was removed in Kubernetes 1.18", "Use `kubectl create`."),
        ("drain", "--delete-local-data", "was replaced in Kubernetes 1.20", "Use --delete-emptydir-data."),
        ("", "rolling-update", "was removed in Kubernetes 1.18", "Use `kubectl rollout`."),
    ),
    "helm": (
        ("", "--purge", "is Helm 2", "`helm uninstall` removes everything."),
        ("", "--recreate-pods", "was removed in Helm 3", "Use `kubectl rollout restart`."),
        ("", "--tiller-namespace", "is Helm 2", "Leave it out."),
    ),
    "terraform": (
        ("", "taint", "is deprecated since Terraform 0.15.2", "Use `-replace=ADDRESS` with plan and apply."),
        ("apply", "-state", "is for states in local files of old", "Configure a backend."),
    ),
    "docker": (("", "--link", "is a legacy feature", "Use a network."),),
}
"""By program: the subcommand (empty: any), the word, what has become of it, what to use."""


def outdated(command: Command) -> tuple[Word, str, str] | None:
    """Give the word, a sentence, and what to use; None where nothing is outdated."""
    gone = PROGRAMS.get(command.name)
    if gone is not None:
        return command.words[0], f"'{command.name}' {gone[0]}.", gone[1]
    for verb, name, what, use in OPTIONS.get(family(command), ()):
        if subcommand(command, verb) is None:
            continue
        words = command.arguments if name.startswith("-") else operands_of(command)[:1]
        for word in words:
            if word.value == name or word.value.startswith(f"{name}="):
                return word, f"'{name}' {what}.", use
    return None
