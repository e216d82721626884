"""Which words of a command are files that it reads, and which are files that it writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from rollback_gov.model.record import Record
from rollback_gov.policy.knowledge.formats import compresses
from rollback_gov.policy.shell.arguments import flag, operands, option
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.options import run_by_shell
from rollback_gov.policy.shell.script import Command, Redirect, Word
from rollback_gov.policy.shell.subcommands import family, operands_of, subcommand
from rollback_gov.policy.shell.unwrapping import SHELLS


class Touch(Record, kw_only=False):
    """A file that a command reads or writes."""

    word: Word
    writes: bool
    runs: bool = False
    """It is read to be run."""


class Habits(Record):
    """How a program takes files. ``reads`` and ``writes`` say which of its operands: a slice of them."""

    takes_value: frozenset[str] = frozenset()
    reads: slice | None = None
    writes: slice | None = None
    read_options: tuple[str, ...] = ()
    write_options: tuple[str, ...] = ()


class Packer(Record, kw_only=False):
    """How a program compresses: what it puts behind a file's name, and whether its second operand is its output."""

    ending: str
    takes_value: frozenset[str] = frozenset()
    names_output: bool = False


_ALL, _LAST, _BUT_LAST, _REST, _FIRST = slice(None), slice(-1, None), slice(None, -1), slice(1, None), slice(1)
_PG = names("-d --dbname -h --host -p --port -U --username -j --jobs -n -N -t -T -L -F -f -I -P -S -w")
_COPY = names(
    "-t --target-directory -S -m -o -g --mode --owner --group --exclude --include -e --rsh --exclude-from --filter"
)
HABITS: dict[str, Habits] = {
    **dict.fromkeys(
        names("cat tac sort uniq wc diff cmp comm cut paste base64 nl"),
        Habits(reads=_ALL, takes_value=names("-d -f -k -t -c -b")),
    ),
    **dict.fromkeys(names("md5sum sha1sum sha256sum sha512sum b2sum cksum"), Habits(reads=_ALL)),
    **dict.fromkeys(names("head tail"), Habits(reads=_ALL, takes_value=names("-n -c --lines --bytes"))),
    **dict.fromkeys(names("zcat bzcat xzcat zstdcat lz4cat"), Habits(reads=_ALL)),
    **dict.fromkeys(names("cp rsync install ln"), Habits(reads=_BUT_LAST, writes=_LAST, takes_value=_COPY)),
    "mv": Habits(reads=_BUT_LAST, writes=_LAST, takes_value=names("-t -S")),
    "unzip": Habits(reads=_FIRST, takes_value=names("-d")),
    "tee": Habits(writes=_ALL),
    "touch": Habits(writes=_ALL, takes_value=names("-d -r -t")),
    "pg_dump": Habits(write_options=("-f", "--file")),
    "pg_dumpall": Habits(write_options=("-f", "--file")),
    "pg_restore": Habits(reads=_FIRST, takes_value=_PG),
    "psql": Habits(read_options=("-f", "--file")),
    "mongodump": Habits(write_options=("-o", "--out", "--archive")),
    "mongorestore": Habits(
        reads=_FIRST,
        read_options=("--archive", "--dir"),
        takes_value=names("--uri --db -d -c --collection -h --host --port -u -p --nsInclude"),
    ),
    "helm": Habits(read_options=("-f", "--values")),
    "wget": Habits(write_options=("-O", "--output-document")),
    "jq": Habits(reads=_REST, takes_value=names("--arg --argjson --slurpfile --rawfile --indent -L")),
    "yq": Habits(reads=_REST),
}
INTERPRETERS = names("bash sh dash zsh python python3 node ruby perl php")
_REMOTE_FOLDER = re.compile(r"(?:[\w-]+@)?[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}[:/]")
"""``github.com/OWNER/NAME``, ``git@github.com:OWNER/NAME``: kustomize fetches it."""
_WITHOUT_FILES = names("-c -e -m -s --version -V -h --help")


def touched(command: Command) -> Iterator[Touch]:
    """Give the files of a command, those of its redirections too."""
    yield from redirected(command.redirects)
    program = family(command)
    special = _SPECIAL.get(program)
    if special is not None:
        yield from special(command)
    elif program in HABITS:
        yield from _by_habit(command, HABITS[program])
    elif command.name in (".", "source") or command.program in INTERPRETERS:
        yield from _interpreted(command)
    if "/" in command.name or (not command.name and command.words and "/" in command.words[0].value):
        yield Touch(command.words[0], False, runs=True)


def redirected(redirects: Iterable[Redirect]) -> Iterator[Touch]:
    """Give the files of redirections."""
    for redirect in redirects:
        if redirect.writes:
            yield Touch(redirect.target, True)
        elif redirect.operator in ("<", "0<"):
            yield Touch(redirect.target, False)


def _by_habit(command: Command, habits: Habits) -> Iterator[Touch]:
    valued = habits.takes_value | frozenset(habits.read_options) | frozenset(habits.write_options)
    plain = list(operands(command, valued))
    for word in _given(command, habits.write_options):
        yield Touch(word, True)
    for word in _given(command, habits.read_options):
        yield Touch(word, False)
    if habits.reads is not None and not (command.program == "jq" and _has_pairs(command)):
        yield from (Touch(word, False) for word in plain[habits.reads])
    if habits.writes is not None and len(plain) > (habits.reads is not None):
        yield from (Touch(word, True) for word in plain[habits.writes])


def _given(command: Command, options: Sequence[str]) -> Iterator[Word]:
    for name in options:
        word = option(command, name)
        if word is not None:
            yield word


def _has_pairs(command: Command) -> bool:
    """``jq --arg NAME VALUE``: an option with two values."""
    return flag(command, "--arg", "--argjson", "--slurpfile", "--rawfile", "--args", "-n", "--null-input") is not None


def _interpreted(command: Command) -> Iterator[Touch]:
    """``python FILE``, ``source FILE``; a name without a folder is looked up on PATH by ``source``."""
    if command.program in SHELLS:
        first = run_by_shell(command)
    else:
        first = next(iter(operands(command)), None)
        before = (word.value for word in command.arguments if first is None or word.start < first.start)
        first = None if _WITHOUT_FILES.intersection(before) else first
    if first is None:
        return
    if command.program in INTERPRETERS or "/" in first.value:
        yield Touch(first, False, runs=True)


_GZIP = Packer(".gz", takes_value=names("-S --suffix -b"))
_PIGZ = Packer(".gz", takes_value=names("-S --suffix -b --blocksize -p --processes -I --iterations -J --maxsplits"))
_XZ = Packer(".xz", takes_value=names("-S --suffix -T --threads -M --memlimit -F --format -C --check"))
_PACKERS = {
    **dict.fromkeys(names("gzip gunzip"), _GZIP),
    **dict.fromkeys(names("pigz unpigz"), _PIGZ),
    **dict.fromkeys(names("bzip2 bunzip2"), Packer(".bz2")),
    **dict.fromkeys(names("xz unxz"), _XZ),
    **dict.fromkeys(names("zstd unzstd"), Packer(".zst", takes_value=names("-o -M -T"))),
    "lz4": Packer(".lz4", names_output=True),
}


def _packed(command: Command) -> Iterator[Touch]:
    """``gzip FILE`` makes FILE.gz, ``gunzip FILE.gz`` makes FILE; with ``-c`` they write what they read nowhere."""
    packer = _PACKERS[command.program]
    plain = list(operands(command, packer.takes_value))
    target = option(command, "-o") if "-o" in packer.takes_value else None
    if packer.names_output and len(plain) == 2 and flag(command, "-m") is None:
        target = plain.pop()
    yield from (Touch(word, False) for word in plain)
    if target is not None:
        yield Touch(target, True)
    elif flag(command, "-c", "-t", "-l", "--stdout", "--to-stdout", "--test", "--list") is None:
        packs = compresses(command)
        for word in plain:
            name = f"{word.value}{packer.ending}" if packs else word.value.removesuffix(packer.ending)
            yield Touch(word._replace(value=name), True)


def _tar(command: Command) -> Iterator[Touch]:
    words = command.arguments
    if not words:
        return
    mode = words[0].value.lstrip("-")
    if words[0].value.startswith("--"):
        file, creates = option(command, "--file", "-f"), flag(command, "--create") is not None
    else:
        file = words[1] if mode.endswith("f") and len(words) > 1 else option(command, "-f", "--file")
        creates = "c" in mode
    if file is not None:
        yield Touch(file, creates)


def _curl(command: Command) -> Iterator[Touch]:
    for word in _given(command, ("-o", "--output")):
        yield Touch(word, True)
    for word in _given(command, ("-T", "--upload-file")):
        yield Touch(word, False)
    for word in command.arguments:
        if word.value.startswith("@") and len(word.value) > 1:
            yield Touch(word._replace(value=word.value[1:]), False)


def _docker(command: Command) -> Iterator[Touch]:
    if any(subcommand(command, verb) for verb in ("save", "image save", "export")):
        yield from (Touch(word, True) for word in _given(command, ("-o", "--output")))
    elif imported := subcommand(command, "import") or subcommand(command, "image import"):
        yield from (Touch(word, False) for word in operands_of(command) if word.start > imported.start)
    elif any(subcommand(command, verb) for verb in ("load", "image load")):
        yield from (Touch(word, False) for word in _given(command, ("-i", "--input")))


def _kubectl(command: Command) -> Iterator[Touch]:
    """``apply -f FILE``; ``logs -f`` follows."""
    if subcommand(command, "logs") is None:
        for word in _given(command, ("-f", "--filename")):
            yield Touch(word, False)
        for word in _given(command, ("-k", "--kustomize")):
            if _REMOTE_FOLDER.match(word.value) is None:
                yield Touch(word, False)


def _terraform(command: Command) -> Iterator[Touch]:
    plain = operands_of(command)
    if plain and plain[0].value == "plan":
        yield from (Touch(word, True) for word in _given(command, ("-out", "--out")))
    elif plain and plain[0].value == "apply":
        yield from (Touch(word, False) for word in plain[1:2])


def _objects(command: Command) -> Iterator[Touch]:
    """``aws s3 cp FROM TO``, ``gsutil cp FROM TO``: one of them is here."""
    plain = list(operands(command, names("--profile --region --endpoint-url")))
    verb = next((index for index, word in enumerate(plain[:3]) if word.value in ("cp", "mv", "sync", "rsync")), None)
    if verb is not None and len(plain) == verb + 3:
        source, target = plain[verb + 1 :]
        yield from (Touch(word, word is target) for word in (source, target) if "://" not in word.value)


def _clone(command: Command) -> Iterator[Touch]:
    plain = list(operands(command, names("-C -c --branch -b --depth")))
    if len(plain) > 2 and plain[0].value == "clone":
        yield Touch(plain[2], True)


def _grep(command: Command) -> Iterator[Touch]:
    """The first operand is the pattern, unless options give it."""
    given = flag(command, "-e", "-f", "--regexp", "--file") is not None
    plain = list(operands(command, names("-A -B -C -m -e -f --regexp --file --include --exclude")))
    if not given:
        yield from (Touch(word, False) for word in plain[1:])


_SPECIAL: dict[str, Callable[[Command], Iterator[Touch]]] = {
    "tar": _tar,
    "grep": _grep,
    "egrep": _grep,
    "fgrep": _grep,
    "curl": _curl,
    "docker": _docker,
    "kubectl": _kubectl,
    "terraform": _terraform,
    "aws": _objects,
    "gsutil": _objects,
    "git": _clone,
    **dict.fromkeys(_PACKERS, _packed),
}
