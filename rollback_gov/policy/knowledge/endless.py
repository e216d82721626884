"""Commands that never end by themselves, and commands that wait for as long as it takes."""

from __future__ import annotations

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.arguments import flag, option
from rollback_gov.policy.shell.script import BACKGROUND, PIPED, Command, Word
from rollback_gov.policy.shell.subcommands import after, family, subcommand
from rollback_gov.policy.shell.unwrapping import LIMITED


class Follow(Record):
    """A way to call a program that never ends: the subcommand, as many words as it has, the flag that makes it so, and
    those that end it."""

    verb: str = ""
    flags: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    operands: int | None = None
    """With so many operands at most, and only then."""


ENDLESS: dict[str, tuple[Follow, ...]] = {
    "tail": (Follow(flags=("-f", "-F", "--follow"), unless=("--pid",)),),
    "watch": (Follow(unless=("-g", "--chgexit", "-e", "--errexit")),),
    "journalctl": (Follow(flags=("-f", "--follow")),),
    "dmesg": (Follow(flags=("-w", "--follow")),),
    "kubectl": (
        Follow(verb="port-forward"),
        Follow(verb="proxy"),
        Follow(verb="logs", flags=("-f", "--follow")),
        Follow(verb="get", flags=("-w", "--watch", "--watch-only")),
        Follow(verb="attach"),
    ),
    "docker": (
        Follow(verb="stats", unless=("--no-stream",)),
        Follow(verb="events", unless=("--until",)),
        Follow(verb="logs", flags=("-f", "--follow")),
        Follow(verb="attach"),
        Follow(verb="compose logs", flags=("-f", "--follow")),
        Follow(verb="compose events", unless=("--until",)),
        Follow(verb="compose attach"),
        Follow(verb="compose up", unless=("-d", "--detach", "--wait", "--abort-on-container-exit", "--exit-code-from")),
    ),
    "ping": (Follow(unless=("-c", "-w")),),
    "redis-cli": (
        Follow(verb="monitor"),
        Follow(verb="MONITOR"),
        Follow(verb="subscribe"),
        Follow(flags=("--stat", "--latency")),
    ),
    "inotifywait": (Follow(flags=("-m", "--monitor")),),
    "tcpdump": (Follow(unless=("-c", "-r")),),
    "vmstat": (Follow(operands=1),),
    "aws": (Follow(verb="logs tail", flags=("--follow",)),),
    "stern": (Follow(unless=("--no-follow",)),),
    "yes": (Follow(),),
}
UNLIMITED: dict[str, tuple[Follow, ...]] = {
    "kubectl": (Follow(verb="rollout status", unless=("--timeout",)),),
    "curl": (Follow(unless=("-m", "--max-time", "--version", "-V", "--config", "-K")),),
    "wget": (Follow(unless=("-T", "--timeout", "--version")),),
    "pg_receivewal": (Follow(unless=("--endpos",)),),
}
"""What waits for an answer without a limit of its own. ``kubectl rollout status`` waits until a rollout is through."""

LIMITS = {"kubectl": "--timeout={}s", "curl": "--max-time {}"}
"""How such a command is given a limit, in seconds."""


def never_ends(command: Command) -> tuple[Word, str] | None:
    """Give the word that makes a command go on for ever, and how the command is called with it; or None."""
    if command.inside(LIMITED, BACKGROUND):
        return None
    if _of_a_job(command):
        return None
    if command.program == "sleep" and command.arguments and command.arguments[0].value in ("infinity", "inf"):
        return command.arguments[0], "sleep infinity"
    return _matched(command, ENDLESS)


def waits_without_limit(command: Command) -> tuple[Word, str] | None:
    """Give the word that makes a command wait as long as it takes, and how it is called with it; or None."""
    if command.inside(LIMITED, BACKGROUND) or not command.arguments:
        return None
    return _matched(command, ENDLESS if _of_a_job(command) else UNLIMITED)


def _of_a_job(command: Command) -> bool:
    """``kubectl logs -f job/migrate`` ends with the job."""
    logs = subcommand(command, "logs") if family(command) == "kubectl" else None
    return logs is not None and any(word.value.startswith(("job/", "jobs/", "job.batch/")) for word in command.words)


def how_to_end(said: str) -> str:
    """Say what to do about a command that never ends."""
    if said.endswith("compose up"):
        return "Let it go into the background: `up --detach --wait`."
    return "Ask for a number of lines or seconds, put `timeout SECONDS` before it, or use `until` of the step."


def is_piped(command: Command) -> bool:
    """Whether what reads the output may end it."""
    return command.inside(PIPED)


def _matched(command: Command, table: dict[str, tuple[Follow, ...]]) -> tuple[Word, str] | None:
    for follow in table.get(family(command), ()):
        word = subcommand(command, follow.verb)
        if word is None:
            continue
        if follow.flags:
            given = flag(command._replace(words=(command.words[0], *after(command, word))), *follow.flags)
            if given is None or given.value.endswith("=false"):
                continue
            word = given
        if follow.operands is not None and _operand_count(command) != follow.operands:
            continue
        if any(flag(command, name) or option(command, name) for name in follow.unless):
            continue
        flags = (word.value,) if follow.flags else ()
        return word, " ".join((command.program, *filter(None, (follow.verb,)), *flags))
    return None


def _operand_count(command: Command) -> int:
    return sum(not word.value.startswith("-") for word in command.arguments)
