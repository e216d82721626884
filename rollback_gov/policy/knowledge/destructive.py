"""Commands after which something is gone, and commands that keep the same thing before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.arguments import flag, operands
from rollback_gov.policy.shell.script import Command, Word
from rollback_gov.policy.shell.subcommands import family, operands_of
from rollback_gov.policy.shell.unwrapping import unwrapped


class Loss(Record):
    """What is lost: at which word, of which thing; ``sure`` where it is lost whatever the rest says."""

    word: Word
    what: str
    thing: str
    sure: bool = True
    said: str = ""
    """How it is called; empty where the word says enough."""


class Destroys(Record):
    """A way to call a program that destroys: the words that must be there (in this order at the beginning), flags."""

    words: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    what: str
    thing: str
    sure: bool = True


TABLE: dict[str, tuple[Destroys, ...]] = {
    "redis-cli": (
        Destroys(words=("FLUSHALL",), what="empties every database of Redis", thing="redis"),
        Destroys(words=("FLUSHDB",), what="empties a database of Redis", thing="redis"),
    ),
    "mongorestore": (Destroys(flags=("--drop",), what="drops each collection before it restores it", thing="mongodb"),),
    "pg_restore": (
        Destroys(
            flags=("-c", "--clean"),
            unless=("-f", "--file", "-l", "--list"),
            what="drops what is there before it restores",
            thing="postgresql",
        ),
    ),
    "dropdb": (Destroys(what="removes a database", thing="postgresql"),),
    "mysqladmin": (Destroys(words=("drop",), what="removes a database", thing="mysql"),),
    "terraform": (
        Destroys(
            words=("state", "rm"), what="forgets a thing that goes on running", thing="infrastructure", sure=False
        ),
        Destroys(words=("destroy",), what="removes what it has made", thing="infrastructure"),
        Destroys(
            words=("apply",),
            flags=("-auto-approve", "--auto-approve"),
            what="applies a change that nobody has seen",
            thing="infrastructure",
        ),
    ),
    "docker": (
        Destroys(words=("system", "prune"), what="removes stopped containers, networks and images", thing="docker"),
        Destroys(words=("volume", "prune"), what="removes volumes", thing="docker volumes"),
        Destroys(words=("volume", "rm"), what="removes a volume", thing="docker volumes"),
        Destroys(
            words=("image", "prune"),
            flags=("-a", "--all"),
            what="removes every image that does not run, the previous version too",
            thing="docker",
        ),
        Destroys(
            words=("compose", "down"), flags=("-v", "--volumes"), what="removes the volumes", thing="docker volumes"
        ),
        Destroys(words=("stack", "rm"), what="removes a stack", thing="docker"),
    ),
    "helm": (
        Destroys(words=("uninstall",), what="removes a release with everything in it", thing="kubernetes"),
        Destroys(words=("delete",), what="removes a release with everything in it", thing="kubernetes"),
    ),
    "git": (
        Destroys(
            words=("clean",),
            flags=("-f", "--force"),
            what="removes files that are not in the repository",
            thing="files",
            sure=False,
        ),
        Destroys(
            words=("reset",), flags=("--hard",), what="throws changes of the work tree away", thing="files", sure=False
        ),
        Destroys(
            words=("push",),
            flags=("-f", "--force"),
            what="overwrites a branch for everybody",
            thing="history",
            sure=False,
        ),
    ),
    "aws": (
        Destroys(words=("s3", "rm"), flags=("--recursive",), what="removes objects", thing="bucket"),
        Destroys(words=("s3", "rb"), what="removes a bucket", thing="bucket"),
        Destroys(
            words=("s3", "sync"),
            flags=("--delete",),
            what="removes objects that the source does not have",
            thing="bucket",
        ),
        Destroys(words=("ec2", "terminate-instances"), what="removes machines", thing="infrastructure"),
        Destroys(words=("dynamodb", "delete-table"), what="removes a table", thing="dynamodb"),
        Destroys(words=("rds", "delete-db-instance"), what="removes a database", thing="rds"),
        Destroys(words=("cloudformation", "delete-stack"), what="removes a stack", thing="infrastructure"),
    ),
    "gsutil": (Destroys(words=("rm",), flags=("-r",), what="removes objects", thing="bucket"),),
    "alembic": (
        Destroys(
            words=("downgrade",),
            what="takes a migration back, and the data in what it removes",
            thing="database",
            sure=False,
        ),
    ),
    "flyway": (
        Destroys(words=("clean",), what="removes everything in the schema", thing="database"),
        Destroys(words=("undo",), what="takes a migration back", thing="database", sure=False),
    ),
    "liquibase": (
        Destroys(words=("dropAll",), what="removes everything in the schema", thing="database"),
        Destroys(words=("drop-all",), what="removes everything in the schema", thing="database"),
    ),
    "prisma": (Destroys(words=("migrate", "reset"), what="removes the database and makes it anew", thing="database"),),
    "rails": (
        Destroys(words=("db:drop",), what="removes the database", thing="database"),
        Destroys(words=("db:reset",), what="removes the database and makes it anew", thing="database"),
    ),
    "etcdctl": (Destroys(words=("del",), what="removes keys", thing="etcd"),),
    "rabbitmqctl": (
        Destroys(words=("purge_queue",), what="removes messages", thing="rabbitmq"),
        Destroys(words=("reset",), what="removes all queues", thing="rabbitmq"),
    ),
    "kafka-topics": (Destroys(flags=("--delete",), what="removes a topic", thing="kafka"),),
    "zfs": (
        Destroys(words=("destroy",), what="removes a file system", thing="files"),
        Destroys(words=("rollback",), flags=("-r", "-R"), what="removes newer snapshots", thing="files"),
    ),
    "lvremove": (Destroys(what="removes a volume", thing="disk"),),
    "wipefs": (Destroys(flags=("-a", "--all"), what="makes a disk unreadable", thing="disk"),),
    "shred": (Destroys(what="makes a file unreadable", thing="files"),),
    "rsync": (
        Destroys(
            flags=("--delete", "--delete-after", "--delete-before", "--delete-during"),
            what="removes what the source does not have",
            thing="files",
            sure=False,
        ),
    ),
}
"""By program. ``sure=False``: it depends on what is there."""
SQL_CLIENTS = {
    "psql": "postgresql",
    "mysql": "mysql",
    "sqlite3": "sqlite",
    "sqlcmd": "database",
    "cockroach": "database",
    "clickhouse-client": "clickhouse",
}
_SQL = (
    (
        r"\bDROP\s+(?:TABLE|DATABASE|SCHEMA|COLUMN|MATERIALIZED\s+VIEW|TABLESPACE)\b",
        "removes what it names, with its data",
    ),
    (
        r"\bALTER\s+TABLE\b[^;]*?\bDROP\s+(?!CONSTRAINT|DEFAULT|NOT|IDENTITY|EXPRESSION|INDEX|KEY|FOREIGN|PRIMARY|CHECK)",
        "removes a column with its data",
    ),
    (r"\bTRUNCATE\s+(?:TABLE\s+)?[\w.\"$]+", "removes every row"),
    (r"\bDELETE\s+FROM\s+[\w.\"]+\s*(?:;|$)", "removes every row"),
)
_MONGO = (
    (r"\bdropDatabase\s*\(", "removes a database"),
    (r"\.drop\s*\(\s*\)", "removes a collection"),
    (r"\.(?:deleteMany|remove)\s*\(\s*\{\s*\}", "removes every document"),
)
KUBERNETES = {
    **dict.fromkeys(("namespace", "namespaces", "ns"), "removes a namespace with everything in it"),
    **dict.fromkeys(("pvc", "persistentvolumeclaim", "persistentvolumeclaims"), "removes a volume with its data"),
    **dict.fromkeys(("pv", "persistentvolume", "persistentvolumes"), "removes a volume with its data"),
    **dict.fromkeys(
        ("crd", "crds", "customresourcedefinition", "customresourcedefinitions"),
        "removes a kind and every object of it",
    ),
}
_CLOUDS = ("gcloud", "az")
_HOLD_DATA = frozenset(
    {"sql", "group", "projects", "disks", "disk", "spanner", "bigtable", "cosmosdb", "postgres", "mysql"}
)
"""What of a cloud has data in it, or everything."""
_LOOK_OR_MAKE = frozenset({"describe", "list", "show", "get", "create", "update", "deploy", "add", "set", "wait"})
"""Verbs behind which `delete` is somebody's name."""
_HARMLESS_KINDS = frozenset(
    {"pod", "pods", "po", "job", "jobs", "event", "events", "lease", "leases", "replicaset", "rs"}
)

KEEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pg_dump": (("postgresql", "database"), ()),
    "pg_dumpall": (("postgresql", "database"), ()),
    "pg_basebackup": (("postgresql", "database"), ()),
    "mysqldump": (("mysql", "database"), ()),
    "mariadb-dump": (("mysql", "database"), ()),
    "xtrabackup": (("mysql", "database"), ()),
    "mongodump": (("mongodb",), ()),
    "mongoexport": (("mongodb",), ()),
    "sqlite3": (("sqlite",), (".backup", ".dump", ".clone")),
    "redis-cli": (("redis",), ("--rdb", "SAVE", "BGSAVE", "--scan", "DUMP")),
    "etcdctl": (("etcd",), ("snapshot",)),
    "tar": (("files", "docker volumes", "sqlite"), ()),
    "cp": (("files", "sqlite"), ()),
    "rsync": (("files", "docker volumes"), ()),
    "restic": (("files", "docker volumes"), ("backup",)),
    "borg": (("files",), ("create",)),
    "zfs": (("files",), ("snapshot",)),
    "terraform": (("infrastructure",), ("state", "show")),
    "kubectl": (("kubernetes",), ("get",)),
    "helm": (("kubernetes",), ("get",)),
    "velero": (("kubernetes",), ("backup",)),
    "docker": (("docker", "docker volumes"), ("save", "commit", "cp", "export", "tag", "push")),
    "aws": (("bucket", "rds", "dynamodb", "infrastructure"), ("cp", "sync", "create-snapshot", "create-db-snapshot")),
    "gsutil": (("bucket",), ("cp", "rsync")),
}
"""What a program is able to keep a copy of, and the words with one of which it does."""


def losses(command: Command) -> tuple[Loss, ...]:
    """Say what is lost by a command, each thing once."""
    return tuple(_losses(command))


def _losses(command: Command) -> Iterator[Loss]:
    program = family(command)
    if program in TABLE:
        yield from _from_table(command)
    elif program in SQL_CLIENTS:
        yield from _in_text(command, _SQL, SQL_CLIENTS[program])
    elif program in ("mongo", "mongosh"):
        yield from _in_text(command, _MONGO, "mongodb")
    elif program == "kubectl":
        yield from _kubernetes(command)
    elif program in _CLOUDS:
        yield from _cloud(command)
    elif program == "rm":
        yield from _removed(command)
    elif program == "dd" or program.startswith("mkfs"):
        yield from _disk(command)


def sent(writer: Command, reader: Command) -> tuple[Loss, ...]:
    """Say what is lost by what a client is told through a pipe: ``echo "TRUNCATE users" | psql``."""
    if writer.program not in ("echo", "printf"):
        return ()
    return tuple(loss for each in unwrapped(reader) for loss in _told(writer, each))


def _told(writer: Command, reader: Command) -> Iterator[Loss]:
    program = family(reader)
    if program in SQL_CLIENTS:
        yield from _in_text(writer._replace(redirects=()), _SQL, SQL_CLIENTS[program])
    elif program in ("mongo", "mongosh"):
        yield from _in_text(writer._replace(redirects=()), _MONGO, "mongodb")
    elif program == "redis-cli":
        yield from _from_table(reader._replace(words=(reader.words[0], *writer.arguments)))


def _cloud(command: Command) -> Iterator[Loss]:
    """``gcloud sql instances delete``, ``az group delete``: what is deleted stands before the verb."""
    plain = operands_of(command)[:5]
    word = next((word for word in plain if word.value == "delete"), None)
    before = {each.value for each in plain[: plain.index(word)]} if word is not None else set()
    if word is not None and before and before.isdisjoint(_LOOK_OR_MAKE):
        said = " ".join((command.program, *(each.value for each in plain[: plain.index(word) + 1])))
        keeps_data = any(each.value in _HOLD_DATA for each in plain)
        yield Loss(word=word, what="removes it", thing="infrastructure", sure=keeps_data, said=said)


def _from_table(command: Command) -> Iterator[Loss]:
    plain = operands_of(command)
    for entry in TABLE[family(command)]:
        first = _sequence(plain, entry.words)
        if first is None or any(flag(command, name) for name in entry.unless):
            continue
        word = flag(command, *entry.flags) if entry.flags else first
        if word is not None:
            yield Loss(
                word=word if entry.flags or entry.words else command.words[0],
                what=entry.what,
                thing=entry.thing,
                sure=entry.sure,
                said=" ".join((family(command), *entry.words, *([word.value] if entry.flags else []))),
            )
            return


def _sequence(plain: Sequence[Word], wanted: tuple[str, ...]) -> Word | None:
    """Find these subcommands at the beginning; a command of Redis anywhere (``--cluster call HOST FLUSHALL``)."""
    if not wanted:
        return plain[0] if plain else Word("", 0, 0)
    if wanted[0].isupper():
        return next((word for word in plain if word.value.upper() == wanted[0]), None)
    values = tuple(word.value for word in plain[: len(wanted)])
    return plain[len(wanted) - 1] if values == wanted else None


def _in_text(command: Command, patterns: tuple[tuple[str, str], ...], thing: str) -> Iterator[Loss]:
    """Look into the statements that a client is given as arguments or as its input."""
    texts = [(word.value, word) for word in command.arguments if " " in word.value or "(" in word.value]
    if command.input:
        texts += [
            (redirect.target.value, redirect.target)
            for redirect in command.redirects
            if redirect.operator.startswith("<<")
        ]
    for text, word in texts:
        plain = re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
        for pattern, what in patterns:
            found = re.search(pattern, plain, re.IGNORECASE)
            if found:
                at = text.find(found[0].split()[0] if found[0].split() else found[0])
                start = word.start + max(at, 0) + (1 if word.quoted else 0)
                said = " ".join(found[0].split())
                yield Loss(word=Word(said, start, min(start + len(said), word.end)), what=what, thing=thing)
                break


def _kubernetes(command: Command) -> Iterator[Loss]:
    plain = operands_of(command)
    if not plain or plain[0].value not in ("delete", "replace"):
        return
    if plain[0].value == "replace":
        word = flag(command, "--force")
        if word is not None:
            yield Loss(word=word, what="removes an object and makes it anew", thing="kubernetes", sure=False)
        return
    kinds = plain[1].value.partition("/")[0].lower().split(",") if len(plain) > 1 else []
    if kinds and all(kind in _HARMLESS_KINDS for kind in kinds):
        return
    what = next((KUBERNETES[kind] for kind in kinds if kind in KUBERNETES), "")
    everything = flag(command, "--all")
    yield Loss(
        word=plain[0],
        what=what or "removes objects",
        thing="kubernetes",
        sure=bool(what) or everything is not None,
        said=" ".join(("kubectl delete", *(word.value.partition("/")[0] for word in plain[1:2] if word.literal))),
    )


def _removed(command: Command) -> Iterator[Loss]:
    """``rm -r`` of what is not temporary: everything below a variable, an absolute path, or right here."""
    if flag(command, "-r", "-R", "--recursive") is None:
        return
    for word in operands(command):
        value = word.value
        if re.match(r"(?:/tmp/|/var/tmp/|\$\{?(?:TMPDIR|TMP|work|tmp|temp|tmpdir|workdir|WORK|WORKDIR)\b)", value):
            continue
        empty = re.fullmatch(r"\$\{\w+\}(?:/|/\*|/\.\*)", value)
        if empty or value in ("/", "/*", ".", "*", "./*", "~", "~/*"):
            what = "removes everything there is if the variable is empty" if empty else "removes everything"
            yield Loss(word=word, what=what, thing="files")
        elif value.startswith("/") and value.count("/") >= 1:
            yield Loss(word=word, what="removes it with everything below", thing="files", sure=False)


def _disk(command: Command) -> Iterator[Loss]:
    target = next((word for word in command.arguments if word.value.startswith("of=/dev/")), None)
    if target is not None and target.value not in ("of=/dev/null", "of=/dev/stdout"):
        yield Loss(word=target, what="overwrites a disk", thing="disk")
    elif command.program.startswith("mkfs"):
        yield Loss(word=command.words[0], what="makes an empty file system", thing="disk")


def keeps(command: Command, thing: str) -> bool:
    """Tell whether a command may keep a copy of such a thing."""
    things, words = KEEPS.get(family(command), ((), ()))
    if thing not in things:
        return False
    return not words or any(word.value.startswith(words) for word in command.arguments)
