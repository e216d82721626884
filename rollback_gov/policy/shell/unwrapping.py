"""Commands inside of commands: ``sudo -u app timeout 30 tail -f log`` runs ``tail``, for thirty seconds at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import Command, Scope, Word
from rollback_gov.policy.shell.subcommands import after, family, subcommand

LIMITED, REMOTE, WRAPPED, REPEATED = "limited", "remote", "wrapped", "repeated"
"""Scopes of what runs inside: under a limit of time, somewhere else, simply inside, or once for each line of input."""
_DEEPEST = 6


class Wrapper(Record):
    """How a program says what it runs: the options that take a value, and how many operands stand before the "
    "command."""

    takes_value: frozenset[str] = frozenset()
    operands: int = 0
    kind: str = WRAPPED


WRAPPERS = {
    "sudo": Wrapper(takes_value=names("-u -g -p -C -r -t -T -h -D --user --group")),
    "doas": Wrapper(takes_value=names("-u -C")),
    "timeout": Wrapper(takes_value=names("-k -s --kill-after --signal"), operands=1, kind=LIMITED),
    "gtimeout": Wrapper(takes_value=names("-k -s --kill-after --signal"), operands=1, kind=LIMITED),
    "env": Wrapper(takes_value=names("-u -C -S --unset --chdir")),
    "nice": Wrapper(takes_value=names("-n --adjustment")),
    "ionice": Wrapper(takes_value=names("-c -n -p")),
    "nohup": Wrapper(),
    "time": Wrapper(),
    "command": Wrapper(),
    "builtin": Wrapper(),
    "exec": Wrapper(takes_value=names("-a")),
    "setsid": Wrapper(),
    "stdbuf": Wrapper(takes_value=names("-i -o -e")),
    "flock": Wrapper(takes_value=names("-w -E --timeout"), operands=1),
    "chroot": Wrapper(operands=1, kind=REMOTE),
    "xargs": Wrapper(takes_value=names("-I -n -d -L -P -s -a -E --max-args --max-procs --delimiter"), kind=REPEATED),
}
SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh"})
_SSH_VALUES = names("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w")
_DOCKER_VALUES = names("-e --env -u --user -w --workdir --env-file --detach-keys --index")


def unwrapped(command: Command) -> Iterator[Command]:
    """Give the command, and whatever it runs, from the outside in."""
    for _ in range(_DEEPEST):
        yield command
        inner = _inner(command)
        if inner is None:
            return
        command = inner


def innermost(command: Command) -> Command:
    """Give what reads the command's input and writes its output: the last of what it runs, ``xargs`` apart."""
    if command.program not in WRAPPERS and family(command) not in _FINDERS:
        return command
    last = command
    for each in islice(unwrapped(command), 1, None):
        if each.scope is not None and each.scope.kind == REPEATED:
            break
        last = each
    return last


def nested_script(command: Command) -> Word | None:
    """Give the script that a shell is told to run: the word after ``bash -c``, or the only one after ``ssh HOST``."""
    words = command.arguments
    if command.program in SHELLS or command.program in ("su", "runuser"):
        for index, word in enumerate(words[:-1]):
            if word.value.startswith("-") and not word.value.startswith("--") and word.value.endswith("c"):
                return words[index + 1]
    if command.program == "ssh":
        rest = _after(words, _SSH_VALUES, 1)
        return rest[0] if len(rest) == 1 and " " in rest[0].value else None
    return None


def _inner(command: Command) -> Command | None:
    rest, kind = _run_by(command)
    while rest and kind != REMOTE and "=" in rest[0].value.partition("/")[0] and command.program in ("env", "sudo"):
        rest = rest[1:]
    if not rest or not rest[0].literal or not rest[0].value:
        return None
    scope = Scope(kind, command.start, command.end, command.scope, command.program)
    return command._replace(name=rest[0].value, words=tuple(rest), start=rest[0].start, scope=scope, assignments=())


def _run_by(command: Command) -> tuple[Sequence[Word], str]:
    """Give the words of the command that another one runs, and how."""
    wrapper = WRAPPERS.get(command.program)
    if command.program == "command" and any(word.value in ("-v", "-V") for word in command.arguments):
        return (), ""  # it only asks whether there is such a command
    if wrapper is not None:
        return _after(command.arguments, wrapper.takes_value, wrapper.operands), wrapper.kind
    find = _FINDERS.get(family(command))
    return find(command) if find else ((), "")


def _after(words: Sequence[Word], takes_value: frozenset[str], count: int) -> Sequence[Word]:
    """Pass over options and that many operands."""
    index = 0
    while index < len(words):
        value = words[index].value
        if value == "--":
            return words[index + 1 + count :]
        if not value.startswith("-") or len(value) == 1:
            if count == 0:
                return words[index:]
            count -= 1
        elif value in takes_value:
            index += 1
        index += 1
    return ()


def _find(command: Command) -> tuple[Sequence[Word], str]:
    """``find … -exec rm {} ;``."""
    words = command.arguments
    for index, word in enumerate(words):
        if word.value in ("-exec", "-execdir", "-ok"):
            end = next((at for at in range(index, len(words)) if words[at].value in (";", "+")), len(words))
            return words[index + 1 : end], REPEATED
    return (), ""


def _kubectl(command: Command) -> tuple[Sequence[Word], str]:
    """``kubectl exec POD -- command``."""
    if subcommand(command, "exec") is None:
        return (), ""
    words = command.arguments
    mark = next((index for index, word in enumerate(words) if word.value == "--"), len(words))
    return words[mark + 1 :], REMOTE


def _docker(command: Command) -> tuple[Sequence[Word], str]:
    """``docker exec CONTAINER command``, ``docker compose exec SERVICE command``."""
    verb = subcommand(command, "exec") or subcommand(command, "compose exec")
    return (_after(after(command, verb), _DOCKER_VALUES, 1), REMOTE) if verb is not None else ((), "")


def _ssh(command: Command) -> tuple[Sequence[Word], str]:
    rest = _after(command.arguments, _SSH_VALUES, 1)
    return (rest, REMOTE) if len(rest) > 1 else ((), "")


_FINDERS: dict[str, Callable[[Command], tuple[Sequence[Word], str]]] = {
    "find": _find,
    "kubectl": _kubectl,
    "docker": _docker,
    "ssh": _ssh,
}
