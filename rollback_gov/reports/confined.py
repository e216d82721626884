"""An organisation's template in a process of its own, which has so much time and so much memory, and no more.

Within our process neither has a bound: a template can make texts and lists as large as it likes, and a power of large
numbers holds everything that Python does until it is computed.
"""

from __future__ import annotations

import pickle
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from jinja2 import Template

_START = """\
import sys
sys.path.insert(0, sys.argv[1])
from rollback_gov.reports.confined import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
_ROOT = str(Path(__file__).parents[2])
_GOOD, _BAD = b"+", b"-"


class Bounds(Record):
    """What a template may take: ``seconds``, ``characters`` that it writes, and ``bytes`` of memory in all."""

    seconds: float = 10.0
    characters: int = 20_000_000
    bytes: int = 512 * 1024**2


BOUNDS = Bounds()
"""Templates of ours take some milliseconds."""
_SPARE = 64 * 1024**2
"""For saying that the memory was used up."""


class BrokenTemplateError(Exception):
    """A template gives no document; the text says where and why."""


def rendered(name: str, values: Mapping[str, Any], folder: Path, bounds: Bounds) -> str:
    """Render the template ``name`` out of ``folder``. Raises BrokenTemplateError, also where it takes too much."""
    try:
        answer = _asked(pickle.dumps((name, dict(values), folder, bounds)), bounds.seconds)
    except subprocess.TimeoutExpired as error:
        raise BrokenTemplateError(f"{folder / name}: it has not ended after {bounds.seconds:g} s") from error
    except OSError as error:
        raise BrokenTemplateError(f"{folder / name}: no process could be started for it ({error.strerror})") from error
    kind, said = answer[:1], answer[1:].decode("utf-8", "surrogatepass")
    if kind == _GOOD:
        return said
    raise BrokenTemplateError(said if kind == _BAD else f"{folder / name}: it ended the process that renders it")


def _asked(work: bytes, seconds: float) -> bytes:
    return subprocess.run(
        [sys.executable, "-P", "-c", _START, _ROOT],
        input=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        start_new_session=True,
        check=False,
    ).stdout


def serve(work: BinaryIO, answer: BinaryIO) -> None:
    """Render one template within its bounds, and say the text or the problem."""
    name, values, folder, bounds = pickle.load(work)
    _bind(bounds)
    answer.write(answered(name, values, folder, bounds))
    answer.flush()


def answered(name: str, values: Mapping[str, Any], folder: Path, bounds: Bounds) -> bytes:
    """Give the text or the problem, and which of both it is."""
    try:
        kind, said = _GOOD, _text(name, values, folder, bounds)
    except Exception as error:
        _limit_memory(bounds.bytes + _SPARE)
        kind, said = _BAD, _problem(error, folder, name, bounds)
    return kind + said.encode("utf-8", "surrogatepass")


def _bind(bounds: Bounds) -> None:
    """Whoever waits may be gone: the process ends by itself too."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, bounds.seconds + 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit_memory(bounds.bytes)


def _limit_memory(size: int) -> None:
    """Bound the address space; where the system cannot, or bounds it more tightly already, that stays."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _text(name: str, values: Mapping[str, Any], folder: Path, bounds: Bounds) -> str:
    from rollback_gov.reports.template_files import template_of

    text = _whole(template_of(name, folder), values, bounds.characters)
    if not text.strip():
        raise ValueError("it writes nothing")
    return text


def _whole(template: Template, values: Mapping[str, Any], most: int) -> str:
    parts, size = [], 0
    for part in template.generate(values):
        size += len(part)
        if size > most:
            raise ValueError(f"it writes more than {most:,} characters")
        parts.append(part)
    return "".join(parts)


def _problem(error: Exception, folder: Path, name: str, bounds: Bounds) -> str:
    """Say file and line; a template's own frames are in the traceback under the name of its file."""
    from jinja2 import TemplateSyntaxError

    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == folder]
    file, line = (Path(inside[-1].filename), inside[-1].lineno) if inside else (folder / name, None)
    if isinstance(error, TemplateSyntaxError):
        file, line = Path(error.filename or file), error.lineno
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, MemoryError):
        said = f"it takes more than {bounds.bytes // 1024**2} MB of memory"
    place = f"{file}, line {line}" if line else str(file)
    return f"{place}: {said[:300]}"
