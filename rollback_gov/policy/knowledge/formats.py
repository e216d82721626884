"""What programs write, and what others can read."""

from __future__ import annotations

from collections.abc import Iterable

from rollback_gov.policy.shell.arguments import flag, option
from rollback_gov.policy.shell.names import names
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

COMPRESSED = ", compressed"
"""Stands behind the format of what was compressed."""
_COMPRESS = names("gzip pigz bzip2 xz zstd lz4")
_DECOMPRESS = names("gunzip zcat unpigz bunzip2 bzcat unxz xzcat unzstd zstdcat lz4cat")
_HAND_ON = names("cat pv mbuffer")

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


def compresses(command: Command) -> bool | None:
    """Tell whether a command gives on what it reads compressed (True) or expanded (False).

    None for one that does neither and hands it on as it is. Raises LookupError for one that does something else.
    """
    if command.program in _HAND_ON:
        return None
    if command.program in _DECOMPRESS:
        return False
    if command.program in _COMPRESS:
        return flag(command, "-d", "--decompress", "--uncompress") is None
    raise LookupError(command.program)


def carried(format_: str, carriers: Iterable[Command]) -> str:
    """Give the format of what has gone through such commands; empty where it is not known, or one does something else.

    What is expanded was compressed before, whether its writer said so or not.
    """
    for command in carriers:
        try:
            compressed = compresses(command)
        except LookupError:
            return ""
        if compressed is not None and format_:
            format_ = format_.removesuffix(COMPRESSED) + (COMPRESSED if compressed else "")
    return format_


def hands_on(command: Command) -> bool:
    """Tell whether a command gives on what it reads, compressed, expanded or as it is."""
    return command.program in _HAND_ON | _COMPRESS | _DECOMPRESS


def does_not_fit(format_: str, readable: frozenset[str]) -> bool:
    """Tell whether a file of that format would be read wrongly: both are known, and they do not fit."""
    return bool(format_ and readable) and format_ not in readable
