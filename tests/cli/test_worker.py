"""The command ``worker``: how it ends, and what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from rollback_gov.commands import worker
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.exit_codes import ExitCode

WORDS = ("--database", "postgresql://db/x", "--region", "asia")


@pytest.fixture(autouse=True)
def leave_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, ExitCode.INTERRUPTED),
        (Refused("It cannot go on.", hint="Start it again."), ExitCode.FINDINGS),
        (UsageError("It is running already.", hint="Another name."), ExitCode.USAGE),
    ],
)
def test_it_says_why_it_ends(
    error: Exception | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[worker.WorkerOptions] = []

    def work(options: worker.WorkerOptions, world: object) -> None:
        seen.append(options)
        if error is not None:
            raise error

    monkeypatch.setattr(worker, "work", work)
    with pytest.raises(SystemExit) as caught:
        run(["worker", *WORDS, "--root", "."])
    assert caught.value.code == code
    assert (str(error) in capsys.readouterr().err) is (error is not None)
    (options,) = seen
    assert (options.region, options.name) == ("asia", f"{os.uname().nodename}-asia")


def test_the_checkout_is_the_repository_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    roots: list[Path] = []
    monkeypatch.setattr(worker, "work", lambda options, world: roots.append(options.root))
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        run(["worker", *WORDS, "--name", "asia-1"])
    assert roots == [tmp_path]


def test_tables_are_made_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made: list[str] = []
    monkeypatch.setattr(worker, "set_up", made.append)
    assert run(["worker", *WORDS, "--set-up"]) == 0
    assert (capsys.readouterr().out, made) == ("The tables are there.\n", ["postgresql://db/x"])


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--region", "x"), "Name the database"), (("--database", "postgresql://127.0.0.1/x"), "Name the region")],
)
def test_what_is_missing_is_named(
    words: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ROLLBACK_GOV_DATABASE", raising=False)
    assert run(["worker", *words]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
