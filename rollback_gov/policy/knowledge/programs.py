"""Programs that every machine has, and programs whose work cannot be seen from their arguments."""

from __future__ import annotations

from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.script import Command

BUILTINS = names(
    ". : [ [[ (( alias bg bind break builtin caller cd command compgen complete continue coproc declare dirs disown "
    "echo "
    "enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf "
    "pushd pwd read readarray readonly return select set shift shopt source suspend test times trap true type typeset "
    "ulimit umask unalias unset wait"
)
KEYWORDS = names("case coproc do done elif else esac fi for function if in select then time until while")
"""Where the grammar loses its way it takes them for commands."""
BASIC = names(
    "arch awk b2sum base32 base64 basename bash cat chgrp chmod chown chroot cksum clear cmp comm cp csplit cut date "
    "dd "
    "df diff diff3 dir dirname du egrep env expand expr factor fgrep find fmt fold getconf getent getopt grep groups "
    "gunzip gzip head hostid hostname iconv id install ionice join kill link ln logger logname ls md5sum mkdir mkfifo "
    "mknod mktemp mount mv nice nl nohup nproc numfmt od paste pathchk pgrep pidof pinky pkill pr printenv printf ps "
    "ptx "
    "pwd readlink realpath renice rev rm rmdir sed seq setsid sh sha1sum sha224sum sha256sum sha384sum sha512sum shred "
    "shuf sleep sort split stat stdbuf stty sum sync tac tail tar tee test timeout touch tr truncate tsort tty umount "
    "uname unexpand uniq unlink uptime users vdir wc which who whoami xargs yes zcat zgrep"
)
"""What a Debian or Alpine machine without any further package has, or as good as."""


def is_opaque(command: Command) -> bool:
    """Tell whether a command runs something that cannot be read here: a script, a program by its path, a name "
    "unknown."""
    if not command.words or not command.words[0].literal:
        return bool(command.words)
    name = command.name
    if "/" in name and not name.startswith(("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/")):
        return True
    interpreter = command.program in (
        "bash",
        "sh",
        "python",
        "python3",
        "node",
        "ruby",
        "perl",
        "make",
        "ansible-playbook",
    )
    return (interpreter and any(not word.value.startswith("-") for word in command.arguments)) or name in (
        ".",
        "source",
    )
