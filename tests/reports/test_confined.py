"""What the process that renders an organisation's template does; that it is bounded in truth is in test_templates."""

from __future__ import annotations

import pickle
import resource
import signal
from io import BytesIO
from pathlib import Path

import pytest

from rollback_gov.reports import confined
from rollback_gov.reports.confined import Bounds, answered, serve

MB = 1024**2


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What a process would have been bound to; this one goes on without."""
    seen: list[tuple[str, object]] = []
    names = {resource.RLIMIT_AS: "memory", resource.RLIMIT_CORE: "core"}
    monkeypatch.setattr(resource, "setrlimit", lambda which, size: seen.append((names[which], size[0])))
    monkeypatch.setattr(signal, "setitimer", lambda _, seconds: seen.append(("seconds", seconds)))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return seen


def test_it_is_bound_before_it_renders(tmp_path: Path, bound: list[tuple[str, object]]) -> None:
    (tmp_path / "x.md.j2").write_text("# {{ a }}", encoding="utf-8")
    answer = BytesIO()
    work = pickle.dumps(("x.md.j2", {"a": "<b>\ud800"}, tmp_path, Bounds(seconds=3, bytes=64 * MB)))
    serve(BytesIO(work), answer)
    assert answer.getvalue() == "+# &lt;b&gt;\N{REPLACEMENT CHARACTER}".encode()
    assert bound == [("seconds", 4), ("core", 0), ("memory", 64 * MB)]


def test_what_takes_too_much_memory_gets_a_little_more_to_say_so(
    tmp_path: Path, bound: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(confined, "_text", full)
    said = answered("x.md.j2", {}, tmp_path, Bounds(bytes=64 * MB))
    assert said == f"-{tmp_path / 'x.md.j2'}: it takes more than 64 MB of memory".encode()
    assert bound == [("memory", 128 * MB)]


def test_a_system_that_cannot_bound_memory_renders_all_the_same(
    tmp_path: Path, bound: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(which: int, size: object) -> None:
        if which == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    (tmp_path / "x.md.j2").write_text("# x", encoding="utf-8")
    answer = BytesIO()
    serve(BytesIO(pickle.dumps(("x.md.j2", {}, tmp_path, Bounds()))), answer)
    assert answer.getvalue() == b"+# x"
    assert bound == [("seconds", 11)]
