"""What programs write, and what others can read."""

from __future__ import annotations

from rollback_gov.policy.shell.arguments import flag, option
from rollback_gov.policy.shell.script import PIPED, Command
from rollback_gov.policy.shell.subcommands import family, subcommand

PLAIN, CUSTOM, DIRECTORY, PG_TAR = (
    "plain SQL",
    "pg_dump's custom format",
    "pg_dump's directory format",
    "pg_dump's tar format",
)
MONGO_ARCHIVE, MONGO_FOLDER = "an archive of mongodump", "a folder of mongodump"
IMAGE, CONTAINER = "an image of docker save", "a file system of docker export"
_DOCKER_WRITES = {"save": IMAGE, "image save": IMAGE, "export": CONTAINER}
_DOCKER_READS = {"load": IMAGE, "image load": IMAGE, "import": CONTAINER, "image import": CONTAINER}
_PG_FORMATS = {"p": PLAIN, "c": CUSTOM, "d": DIRECTORY, "t": PG_TAR}

READS: dict[str, frozenset[str]] = {
    "pg_restore": frozenset({CUSTOM, DIRECTORY, PG_TAR}),
    "psql": frozenset({PLAIN}),
    "mysql": frozenset({PLAIN}),
}
"""What a program is able to read, of the formats above."""


def format_written(command: Command) -> str:
    """Give the format of what a command writes; empty where it is not known."""
    program = command.program
    if command.inside(PIPED):
        return ""
    if program == "pg_dump":
        word = option(command, "-F", "--format")
        return _PG_FORMATS.get(word.value[:1] if word is not None else "p", "")
    if program in ("pg_dumpall", "mysqldump", "mariadb-dump"):
        return PLAIN
    if program == "mongodump":
        return MONGO_ARCHIVE if flag(command, "--archive") else MONGO_FOLDER
    if family(command) == "docker":
        return next((format_ for verb, format_ in _DOCKER_WRITES.items() if subcommand(command, verb)), "")
    return ""


def formats_read(command: Command) -> frozenset[str]:
    """Give the formats that a command can read; nothing where anything goes."""
    program = command.program
    if program == "mongorestore":
        return frozenset({MONGO_ARCHIVE if flag(command, "--archive") else MONGO_FOLDER})
    if family(command) == "docker":
        return frozenset(format_ for verb, format_ in _DOCKER_READS.items() if subcommand(command, verb))
    return READS.get(program, frozenset())


def does_not_fit(format_: str, readable: frozenset[str]) -> bool:
    """Tell whether a file of that format would be read wrongly: both are known, and they do not fit."""
    return bool(format_ and readable) and format_ not in readable
