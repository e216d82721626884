"""What programs write, and what others can read."""

from __future__ import annotations

from rollback_gov.policy.shell.arguments import flag, option
from rollback_gov.policy.shell.script import PIPED, Command

PLAIN, CUSTOM, DIRECTORY, PG_TAR = (
    "plain SQL",
    "pg_dump's custom format",
    "pg_dump's directory format",
    "pg_dump's tar format",
)
MONGO_ARCHIVE, MONGO_FOLDER = "an archive of mongodump", "a folder of mongodump"
IMAGE, CONTAINER = "an image of docker save", "a file system of docker export"
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
    if program in ("docker", "podman"):
        values = [word.value for word in command.arguments[:3]]
        return IMAGE if "save" in values else CONTAINER if "export" in values else ""
    return ""


def formats_read(command: Command) -> frozenset[str]:
    """Give the formats that a command can read; nothing where anything goes."""
    program = command.program
    if program == "mongorestore":
        return frozenset({MONGO_ARCHIVE if flag(command, "--archive") else MONGO_FOLDER})
    if program in ("docker", "podman"):
        values = [word.value for word in command.arguments[:3]]
        return frozenset({IMAGE}) if "load" in values else frozenset({CONTAINER}) if "import" in values else frozenset()
    return READS.get(program, frozenset())


def does_not_fit(format_: str, readable: frozenset[str]) -> bool:
    """Tell whether a file of that format would be read wrongly: both are known, and they do not fit."""
    return bool(format_ and readable) and format_ not in readable
