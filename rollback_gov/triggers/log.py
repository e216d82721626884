"""The decision log: what every tick read, how each state moved, what was decided, and what was done about it."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from rollback_gov.model.number import format_number, parse_number
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.form import FORM, QUIET
from rollback_gov.triggers.line import FIRST, Line, LogError, digest_of, read_line, stamp
from rollback_gov.triggers.parts import PART_BYTES, next_part, parts_of
from rollback_gov.triggers.quiet import is_quiet, quiet_data, quiet_readings
from rollback_gov.triggers.state import to_document
from rollback_gov.triggers.tick import Entry, Rules, Tick

MOST_WATCHERS = 16
_BEGINNINGS = ("started", "continued")
"""Lines that hold all states."""
_FOLLOWED = ("tick", "gates")
"""Lines that nothing is done upon before another one follows."""


class DecisionLog:
    """Appends to a log that is ours alone while we live; threads may share it. ``heard`` is told of every line.

    It goes on where its newest part ends. A last line that was torn by a crash is cut: nothing acted on it.
    """

    def __init__(
        self, path: Path, *, heard: Callable[[Line], None] = lambda _line: None, most: int = PART_BYTES
    ) -> None:
        self.path = path
        self._most = most
        self._before: list[bytes] = []
        """The lines of those who wrote here before us, until somebody has asked."""
        self._heard = heard
        self._appending = Lock()
        self._opened = [_open(path)]
        """The first part, which others look at, and the newest one, in case the first was removed."""
        try:
            self._part = parts_of(path)[-1]
            if self._part != path:
                self._opened.append(_open(self._part))
            self._seq, self._previous = self._last()
        except BaseException:
            self.close()
            raise

    def append(self, kind: str, data: Mapping[str, Any], *, at: float) -> Line:
        """Write one line, and see it on the disk unless more of its kind follow it soon. Raises OSError.

        What was written outlives the death of our process; only a power cut may take it. Whatever is done begins with a
        line that is synced (``acted``), and all before it with it.
        """
        with self._appending:
            line = Line(seq=self._seq + 1, at=at, type=kind, data=data, previous=self._previous)
            self._heard(line)
            self._write((line.text + "\n").encode(), sync=kind not in _FOLLOWED)
            self._seq, self._previous = line.seq, line.digest
            return line

    @property
    def is_full(self) -> bool:
        """It is time for another part."""
        return os.fstat(self._file).st_size >= self._most

    def go_on(self) -> None:
        """Begin the next part; its first line follows from the last one of the part before. Raises OSError."""
        with self._appending:
            os.fdatasync(self._file)
            part = next_part(self._part, self.path)
            self._opened.append(_open(part))
            self._part = part
            for file in self._opened[1:-1]:
                os.close(file)
            del self._opened[1:-1]

    @property
    def _file(self) -> int:
        return self._opened[-1]

    def ticks_after(self, at: float) -> tuple[Line, ...]:
        """Give the newest watcher's ticks that came after a time, the oldest first, and forget the old lines.

        What was done and told stands between them, and changes no state.
        """
        ticks: list[Line] = []
        for number in range(len(self._before), 0, -1):
            line = _line(self._before[number - 1], number)
            if line is None or line.type in _BEGINNINGS or (line.type == "tick" and line.at <= at):
                break
            if line.type == "tick":
                ticks.append(line)
        self._before = []
        return tuple(reversed(ticks))

    def _write(self, content: bytes, *, sync: bool) -> None:
        """Write a whole line or none of it: half a line would spoil all that follow."""
        size = os.fstat(self._file).st_size
        try:
            if os.write(self._file, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if sync:
                os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, size)
            raise

    def close(self) -> None:
        """Let another watcher have the log."""
        for file in self._opened:
            os.close(file)

    def _last(self) -> tuple[int, str]:
        """Read the newest part, and cut what was torn. One that was begun and never written follows from the others."""
        texts = self._part.read_bytes().split(b"\n")
        if texts[-1]:
            os.ftruncate(self._file, os.fstat(self._file).st_size - len(texts[-1]))
        self._before = texts[:-1]
        older = (part.read_bytes().split(b"\n")[:-1] for part in reversed(parts_of(self.path)))
        whole = self._before or next((lines for lines in older if lines), [])
        if not whole:
            return 0, FIRST
        newest = _line(whole[-1], len(whole))
        return newest.seq if newest is not None else len(whole), digest_of(whole[-1])


def _open(path: Path) -> int:
    """Open a part and lock it. Raises BlockingIOError while somebody else writes there."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(file)
        raise
    return file


def _line(text: bytes, seq: int) -> Line | None:
    """Read the newest line; one that was damaged is for ``replay`` to say."""
    try:
        return read_line(text.decode("utf-8", "surrogateescape"), seq)
    except LogError:
        return None


def open_log(
    folder: Path, *, heard: Callable[[Line], None] = lambda _line: None, most: int = PART_BYTES
) -> tuple[DecisionLog, Path]:
    """Open ``decision.jsonl`` of a watch, and give the path of the state beside it.

    While another watcher writes there, ``decision-2.jsonl`` and ``state-2.json`` are taken, and so on: both may look.
    Raises LogError for a folder that cannot be written.
    """
    for number in range(1, MOST_WATCHERS + 1):
        tail = "" if number == 1 else f"-{number}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            log = DecisionLog(folder / f"decision{tail}.jsonl", heard=heard, most=most)
            return log, folder / f"state{tail}.json"
        except BlockingIOError:
            continue
        except OSError as error:
            raise LogError(
                f"The decision log in {folder} cannot be written: {error.strerror}.", hint="Check the folder's rights."
            ) from error
    raise LogError(f"{MOST_WATCHERS} watchers already watch {folder.name}.")


def started_data(rules: Rules, *, states: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Give the data of ``started``: all that decides beside the readings and the plan itself."""
    return {
        **about,
        "mode": rules.mode,
        "every": str(rules.every),
        "baseline": {name: format_number(number) for name, number in rules.baseline.items()},
        "states": {name: to_document(state) for name, state in states.items()},
    }


def tick_data(tick: Tick, *, form: int = FORM) -> dict[str, Any]:
    """Give the data of ``tick``, in the form that ``started`` says."""
    told: list[Entry] = []
    quiet: list[Entry] = []
    for entry in tick.entries:
        (quiet if form >= QUIET and is_quiet(entry, tick.at) else told).append(entry)
    return {
        "triggers": {entry.trigger: _entry_data(entry) for entry in told},
        **({"quiet": quiet_data(quiet)} if quiet else {}),
        "decision": decision_data(tick.decision) if tick.decision else None,
        **({"clock_set": tick.clock_set} if tick.clock_set else {}),
    }


def tick_readings(data: Mapping[str, Any]) -> dict[str, dict[str, Observation]]:
    """Give what a tick read: trigger id -> role -> observation. Raises LookupError, TypeError, ValueError."""
    told = {
        name: {role: read_observation(seen) for role, seen in entry["readings"].items()}
        for name, entry in data["triggers"].items()
    }
    return told | quiet_readings(data.get("quiet", ()))


def decision_data(decision: Decision) -> dict[str, Any]:
    """Give a decision as plain data."""
    return {
        "action": decision.action,
        "band": decision.band,
        "triggers": list(decision.triggers),
        "reason": decision.reason,
        "conduct": decision.conduct.value,
        "scenario": decision.scenario,
        "deadline": stamp(decision.deadline) if decision.deadline is not None else "",
    }


def _entry_data(entry: Entry) -> dict[str, Any]:
    return {
        "readings": {role: observation_data(seen) for role, seen in entry.readings.items()},
        "verdict": entry.judgement.verdict.value,
        "reason": entry.judgement.reason,
        "before": to_document(entry.before),
        "after": to_document(entry.after),
    }


def observation_data(seen: Observation) -> dict[str, Any]:
    """Give an observation as plain data; numbers stay exact."""
    if isinstance(seen, Value):
        return {"kind": "value", "value": format_number(seen.number), "sample": seen.sample}
    return {"kind": "no-data" if isinstance(seen, NoData) else "error", "reason": seen.reason}


def read_observation(data: Mapping[str, Any]) -> Observation:
    """Read what ``observation_data`` wrote. Raises LookupError or ValueError for anything else."""
    if data["kind"] == "value":
        return Value(parse_number(data["value"]), data["sample"])
    return NoData(data["reason"]) if data["kind"] == "no-data" else Error(data["reason"])
