"""What exit codes mean: failures that mean nothing, and successes that are none."""

from __future__ import annotations

from collections.abc import Sequence

from rollback_gov.policy.shell.arguments import flag
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import CONDITION, FALLBACK, FED, IF, PIPED, SUBSTITUTION, TRIED, Command
from rollback_gov.policy.shell.subcommands import family, operands_of
from rollback_gov.policy.shell.unwrapping import REMOTE

HARMLESS = names(
    ". source [ [[ (( : cmp command diff echo egrep false fgrep grep hash id kill killall let logger mail mailx mkdir "
    "notify-send "
    "pgrep pkill printf pidof read rg rm rmdir sleep tail tee test timeout touch trap true type umount unalias unset "
    "wait "
    "which getent dpkg-query ls stat find wc cat head cd"
)
"""Their failure is an answer, or there is nothing to mend."""
LOOKS = {
    "systemctl": names("status is-active is-failed is-enabled show list-units"),
    "kubectl": names("get describe logs top"),
    "docker": names("ps logs inspect images stats"),
    "git": names("log diff status describe show symbolic-ref"),
    "helm": names("status list history"),
}
"""Subcommands that only look: whether there was something to see changes nothing."""
MESSAGES = ("slack", "pagerduty", "notify", "webhook", "hooks.", "statuspage", "opsgenie", "teams.", "announce")
"""Words by which a message is known: it must never hold a rollback up."""


def may_fail(left: Sequence[Command]) -> bool:
    """Tell whether a failure among these commands is worth knowing of."""
    direct = [command for command in left if not command.inside(SUBSTITUTION)]
    harmless = all(command.program in HARMLESS or _only_looks(command) for command in direct or left)
    words = " ".join(word.value for command in left for word in command.words).lower()
    return not harmless and not any(word in words for word in MESSAGES)


def _only_looks(command: Command) -> bool:
    verbs = LOOKS.get(family(command), frozenset())
    found = operands_of(command)[:2] if verbs else ()
    return any(word.value in verbs for word in (found[1:] if found and found[0].value == "compose" else found[:1]))


def hides_failure(command: Command) -> tuple[str, str] | None:
    """Say how a command hides its failure and what to do, or None."""
    if command.program == "psql":
        return _psql(command)
    return _curl(command)


def _psql(command: Command) -> tuple[str, str] | None:
    reads = flag(command, "-f", "--file") is not None or command.inside(FED)
    reads = reads or any(redirect.operator.startswith("<") for redirect in command.redirects)
    stops = any("ON_ERROR_STOP" in word.value for word in command.words) or "ON_ERROR_STOP" in command.input
    dynamic = any(word.value[:1] == "$" and not word.quoted for word in command.arguments)
    if not reads or stops or dynamic or command.inside(REMOTE):
        return None
    return "The program psql goes on after an error in its input and says success.", "Add `-v ON_ERROR_STOP=1`."


def _curl(command: Command) -> tuple[str, str] | None:
    fails = flag(command, "-f", "--fail", "--fail-with-body", "-w", "--write-out", "-K", "--config", "-V", "--version")
    looked_at = command.inside(SUBSTITUTION, PIPED, CONDITION, IF, TRIED, FALLBACK, REMOTE)
    dynamic = any(word.value[:1] == "$" and not word.quoted for word in command.arguments)
    if fails or looked_at or dynamic or not command.arguments:
        return None
    return (
        "The program curl says success whatever the server answers.",
        "Add `--fail` (`-f`), or use the `http` action.",
    )
