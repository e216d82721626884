"""The chain of a journal: each line holds its own digest and that of the line before, so no byte can change unseen."""

from __future__ import annotations

import errno
import json
import os
import stat
from hashlib import sha256

from rollback_gov.execution.store import JournalError
from rollback_gov.model.event import Event

FIRST = "0" * 64
_KEYS = ("seq", "at", "monotonic", "type", "data", "previous")
_MARK = b',"digest":"'
_TAIL = len(_MARK) + 64 + len(b'"}')
_OWN = slice(-66, -2)
_DAMAGED = (
    "A run cannot go on from a damaged journal. Bring it back from a copy, or put it aside and go on from its mirror: "
    "rollback-gov resume RUN --from-mirror ADDRESS"
)


def line_of(event: Event) -> bytes:
    """Write an event as a line, without line feed; its last key is the digest of the line without that key."""
    fields = {name: getattr(event, name) for name in _KEYS}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return b'%b%b%b"}' % (body[:-1], _MARK, digest(body).encode())


def digest(line: bytes) -> str:
    """Give what the line after it holds of a line: its sha256 in hexadecimal."""
    return sha256(line).hexdigest()


def read_bytes(path: str | os.PathLike[str], begin: int = 0) -> bytes:
    """Read a file from a place on. Raises OSError, also for what is no file: a pipe would be waited for, for ever."""
    with open(path, "rb", opener=_without_waiting) as file:
        file.seek(begin)
        return file.read()


def _without_waiting(path: str, flags: int) -> int:
    opened = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISFIFO(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "it is a pipe and no file", path)
    return opened


def whole_lines(raw: bytes) -> bytes:
    """Leave out a torn last line: nothing acted on it."""
    return raw[: raw.rfind(b"\n") + 1]


def parse_lines(raw: bytes, name: str, *, known: int = 0, previous: str = FIRST) -> tuple[Event, ...]:
    """Read whole lines of the journal that messages call ``name``. Raises JournalError with the line's number.

    They follow on ``known`` lines, of which ``previous`` is the digest of the last.
    """
    events = []
    for number, line in enumerate(raw.split(b"\n")[:-1], known + 1):
        event = _parse(line, f"{name}:{number}")
        if event.previous != previous or event.seq != number:
            raise JournalError(
                f"{name}:{number}: the chain is broken: a line before it was changed, added or removed.",
                hint=_DAMAGED,
            )
        previous = digest(line)
        events.append(event)
    return tuple(events)


def is_chained(raw: bytes) -> bool:
    """Check numbers and digests of whole lines as we write them, without reading what is between.

    False says nothing yet: ``parse_lines`` names the line, or finds all well in lines that look unlike ours.
    """
    previous = FIRST.encode()
    for number, line in enumerate(raw.split(b"\n")[:-1], 1):
        body, mark, own = line[:-_TAIL] + b"}", line[-_TAIL : -_TAIL + len(_MARK)], line[_OWN]
        if mark != _MARK:
            body, own = line, b""
        if not body.startswith(b'{"seq":%d,' % number) or not body.endswith(b',"previous":"%b"}' % previous):
            return False
        if own and (digest(body).encode() != own or not line.endswith(b'"}')):
            return False
        previous = digest(line).encode()
    return True


def event_in(line: bytes) -> Event:
    """Read one line of a journal whose chain was checked."""
    fields = json.loads(line)
    fields.pop("digest", None)
    return Event(**fields)


def _parse(line: bytes, where: str) -> Event:
    """Read one line. One without a digest is taken as it is: the line after it holds its digest as well."""
    body, mark, own = line[:-_TAIL] + b"}", line[-_TAIL : -_TAIL + len(_MARK)], line[_OWN]
    if mark != _MARK:
        body, own = line, b""
    try:
        event = Event(**json.loads(body))
    except (ValueError, TypeError, RecursionError) as error:
        raise JournalError(f"{where}: the line is not an event.", hint=_DAMAGED) from error
    if own and (digest(body).encode() != own or not line.endswith(b'"}')):
        raise JournalError(
            f"{where}: the line was changed: it is not what its digest says.",
            hint=_DAMAGED,
        )
    return event
