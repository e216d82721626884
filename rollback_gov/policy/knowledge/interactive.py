"""Commands that need a terminal or an answer."""

from __future__ import annotations

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.arguments import flag, operands, option
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import CONDITION, FED, FUNCTION, LOOP, PIPED, SUBSTITUTION, Command, Word
from rollback_gov.policy.shell.subcommands import family, operands_of, subcommand
from rollback_gov.policy.shell.unwrapping import REMOTE, WRAPPERS


class Dialogue(Record):
    """Why a command needs a person, at which word; ``sure`` where it never works without one."""

    word: Word
    message: str
    hint: str
    sure: bool = True
    without: bool = False
    """It works without the word, or without the ``t`` in it."""


class Prompt(Record):
    """A program that asks, when its arguments begin with ``after`` and none of the flags is there."""

    after: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    sure: bool = True
    hint: str = ""
    """What to do, where adding the first of ``unless`` is no good advice."""


FULL_SCREEN = {
    **dict.fromkeys(("vi", "vim", "nvim", "nano", "emacs", "pico", "ed", "visudo", "vipw"), "opens an editor"),
    **dict.fromkeys(("less", "more", "most", "man"), "opens a pager"),
    **dict.fromkeys(
        ("top", "htop", "btop", "atop", "mc", "k9s", "tmux", "screen", "dialog", "whiptail"), "draws on a terminal"
    ),
    **dict.fromkeys(("passwd", "gdb", "telnet", "ftp", "sftp"), "talks to a person"),
}
"""What a program does that nobody sees; its flags for use in scripts are below."""
BATCH = {
    "top": ("-b",),
    "htop": (),
    "passwd": ("--stdin", "-l", "-u", "-d", "-S"),
    "gdb": ("-batch", "--batch"),
    "sftp": ("-b",),
    "tmux": ("new-session", "-d", "kill-session", "send-keys"),
    "screen": ("-d", "-dm", "-S"),
    "man": ("-P",),
    "atop": ("-r",),
}
TERMINALS = {
    "docker": ("exec", "run", "attach", "compose exec", "compose run"),
    "kubectl": ("exec", "run", "attach", "debug", "rsh"),
}
"""Subcommands with ``-t``. kubectl goes on without a terminal and only complains; docker refuses."""
EDITS = {"kubectl": "edit", "systemctl": "edit", "helm": "edit"}
"""Subcommands that open an editor; ``crontab -e`` and ``git rebase -i`` are options."""
_EDIT_OPTIONS = {"crontab": ("", ("-e",)), "git": ("rebase", ("-i", "--interactive"))}
PROMPTS: dict[str, tuple[Prompt, ...]] = {
    "apt": tuple(
        Prompt(after=(verb,), unless=("-y", "-qq", "--yes", "--assume-yes", "-s", "-d"), sure=False)
        for verb in ("install", "upgrade", "dist-upgrade", "remove")
    ),
    "yum": (Prompt(after=("install",), unless=("-y", "--assumeyes")), Prompt(after=("downgrade",), unless=("-y",))),
    "terraform": (
        Prompt(
            after=("destroy",),
            unless=("-auto-approve", "--auto-approve"),
            hint="Plan it with `plan -destroy -out=FILE`, let a person look at a `gate`, and apply that file.",
        ),
        Prompt(after=("force-unlock",), unless=("-force",)),
    ),
    "docker": (
        Prompt(after=("system", "prune"), unless=("-f", "--force")),
        Prompt(after=("image", "prune"), unless=("-f", "--force")),
        Prompt(after=("volume", "prune"), unless=("-f", "--force")),
        Prompt(after=("container", "prune"), unless=("-f", "--force")),
        Prompt(after=("network", "prune"), unless=("-f", "--force")),
        Prompt(after=("login",), unless=("--password-stdin", "-p", "--password"), sure=False),
    ),
    "gcloud": (Prompt(after=("auth", "login")),),
    "gh": (Prompt(after=("auth", "login"), unless=("--with-token",)),),
    "npm": (Prompt(after=("init",), unless=("-y", "--yes")),),
    "mysql": (Prompt(unless=("-e", "--execute"), sure=False),),
    "psql": (Prompt(unless=("-c", "--command", "-f", "--file", "-l", "--list", "-V", "--version"), sure=False),),
    "ssh-copy-id": (Prompt(),),
}
_ASKS_PASSWORD = {"psql": ("-W", "--password"), "pg_dump": ("-W", "--password"), "pg_restore": ("-W", "--password")}
_USER_VALUES = {
    "sudo": WRAPPERS["sudo"].takes_value,
    "su": names("-g -G -s -w --group --supp-group --shell --whitelist-environment"),
}
"""Options whose value is the next word: ``sudo -s`` has none, ``su -s`` has one."""
_NO_TERMINAL = "Steps have no terminal"


def dialogue(command: Command) -> Dialogue | None:
    """Say why a command needs a person, or None. What a person runs in another terminal (``ssh``) is not looked at."""
    if not command.words:
        return None
    for look in (_terminal, _shell, _full_screen, _edits, _reads, _logs_in, _applies, _password, _prompts):
        found = look(command)
        if found is not None:
            return found
    return None


def _values(command: Command) -> tuple[str, ...]:
    return tuple(word.value for word in command.arguments)


def _terminal(command: Command) -> Dialogue | None:
    verbs = TERMINALS.get(family(command), ())
    if not any(subcommand(command, verb) for verb in verbs):
        return None
    word = _before_command(command)
    if word is None:
        return None
    sure = family(command) == "docker"
    effect = "docker refuses then" if sure else "kubectl complains and goes on without"
    return Dialogue(
        word=word,
        message=f"'{word.value}' asks for a terminal, and steps have none; {effect}.",
        hint="Leave '-t' out, and '-i' where nothing is piped in.",
        sure=sure,
        without=True,
    )


def _before_command(command: Command) -> Word | None:
    """Find ``-t`` among the options of the outer program: before ``--``, or before the container's name."""
    words = command.arguments
    seen = 0
    for word in words:
        value = word.value
        if value == "--":
            return None
        if value == "--tty" or (
            value.startswith("-") and not value.startswith("--") and "t" in value[1:] and set(value[1:]) <= set("itdq")
        ):
            return word
        seen += not value.startswith("-")
        if seen > 3 and family(command) == "docker":
            return None
    return None


def _shell(command: Command) -> Dialogue | None:
    """``sudo -i`` and ``su - postgres`` open a shell, in which what follows does not run."""
    if command.program not in _USER_VALUES:
        return None
    words = command.arguments
    rest = list(operands(command, _USER_VALUES[command.program]))
    opens = command.program == "sudo" and flag(command, "-i", "-s", "--login", "--shell") is not None and not rest
    if command.program == "su" and not command.redirects and not command.inside(FED):
        opens = not any(flag(command, name) for name in ("-c", "--command", "-V", "--version")) and len(rest) < 2 + (
            bool(rest) and rest[0].value == "-"
        )
    if not opens:
        return None
    said = " ".join((command.program, *(word.value for word in words)))
    return Dialogue(
        word=command.words[0],
        message=f"'{said}' opens a shell, and what stands below it does not run there. {_NO_TERMINAL}.",
        hint="Write the command behind it: `sudo -u USER COMMAND`, `su - USER -c 'COMMAND'`.",
        sure=False,
    )


def _full_screen(command: Command) -> Dialogue | None:
    what = FULL_SCREEN.get(command.program)
    batch = BATCH.get(command.program, ())
    if what is None or any(value in batch or value.startswith(batch) for value in _values(command) if batch):
        return None
    if command.inside(SUBSTITUTION) or command.redirects or command.inside(PIPED, FED):
        return None
    sure = command.program not in ("less", "more", "most", "man", "ed")
    return Dialogue(
        word=command.words[0],
        message=f"'{command.program}' {what}. {_NO_TERMINAL}.",
        hint="Use a command that does its work without one.",
        sure=sure,
    )


def _edits(command: Command) -> Dialogue | None:
    word = _editing(command)
    if word is None or (command.program == "systemctl" and "--stdin" in _values(command)):
        return None
    return Dialogue(
        word=word,
        message=f"'{command.program} {word.value}' opens an editor. {_NO_TERMINAL}.",
        hint="Write the change into a file and apply it.",
    )


def _editing(command: Command) -> Word | None:
    verb = EDITS.get(family(command), "")
    if verb:
        return subcommand(command, verb)
    verb, options = _EDIT_OPTIONS.get(command.program, ("", ()))
    given = flag(command, *options) if options else None
    return (subcommand(command, verb) if verb else given) if given is not None else None


def _reads(command: Command) -> Dialogue | None:
    """``read`` with nothing to read from."""
    if command.name != "read" or command.redirects or command.inside(CONDITION, LOOP, FUNCTION, SUBSTITUTION, REMOTE):
        return None
    if any(scope.kind not in ("if", "after", "fallback", "tried", "case") for scope in command.scopes()):
        return None
    if flag(command, "-u") is not None:
        return None
    return Dialogue(
        word=command.words[0],
        message=f"'read' waits for an answer. {_NO_TERMINAL}, and it fails at once.",
        hint="Use a `gate` step where a person must decide, a parameter where a value is needed.",
    )


def _logs_in(command: Command) -> Dialogue | None:
    """``ssh HOST`` without a command."""
    if command.program != "ssh" or command.redirects:
        return None
    rest = list(operands(command, "bcDEeFIiJLlmOopQRSWw"))
    if len(rest) != 1 or any(flag(command, name) for name in ("-N", "-f", "-T", "-O", "-V", "-Q", "-G", "-W")):
        return None
    return Dialogue(
        word=command.words[0],
        message=f"'ssh' without a command opens a shell. {_NO_TERMINAL}.",
        hint="Write the command behind the host, in quotes.",
        sure=False,
    )


def _applies(command: Command) -> Dialogue | None:
    """``terraform apply`` without a saved plan asks, and without a terminal it refuses."""
    if family(command) != "terraform":
        return None
    rest = operands_of(command)
    if not rest or rest[0].value != "apply" or len(rest) > 1 or flag(command, "-auto-approve", "--auto-approve"):
        return None
    return Dialogue(
        word=rest[0],
        message=f"'{command.program} apply' without a saved plan asks. {_NO_TERMINAL}.",
        hint="Use the `terraform` action: it shows the plan, asks a person at a gate, and applies what was shown.",
    )


def _password(command: Command) -> Dialogue | None:
    names = _ASKS_PASSWORD.get(command.program, ())
    word = next((word for word in command.arguments if word.value in names), None)
    if word is None and command.program in ("mysql", "mysqldump", "mysqladmin"):
        word = next((word for word in command.arguments if word.value in ("-p", "--password")), None)
    if word is None:
        return None
    return Dialogue(
        word=word,
        message=f"'{word.value}' asks for a password. {_NO_TERMINAL}.",
        hint="Give the password by a file or an environment variable that a secret parameter sets.",
    )


def _prompts(command: Command) -> Dialogue | None:
    for prompt in PROMPTS.get(family(command), ()):
        if _asks(command, prompt):
            after = prompt.after[-1] if prompt.after else ""
            word = next((word for word in command.arguments if word.value == after), command.words[0])
            said = " ".join((command.program, *prompt.after))
            hint = prompt.hint or (f"Add {prompt.unless[0]}." if prompt.unless else "Do it before the rollback.")
            return Dialogue(
                word=word,
                message=f"'{said}' asks and waits for an answer. {_NO_TERMINAL}.",
                hint=hint,
                sure=prompt.sure,
            )
    return None


def _hands_on(command: Command) -> bool:
    """Whether some of its arguments are a function's or a script's own (``"$@"``)."""
    return any(word.value in ("${@}", "${*}", "$@", "$*") for word in command.arguments)


def _asks(command: Command, prompt: Prompt) -> bool:
    if prompt.after and subcommand(command, " ".join(prompt.after)) is None:
        return False
    if not prompt.after and (command.redirects or command.inside(FED, PIPED, SUBSTITUTION) or _hands_on(command)):
        return False
    return not any(flag(command, name) or option(command, name) for name in prompt.unless)
