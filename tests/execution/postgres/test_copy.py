"""The file that follows a stream, and what a person sends from one machine to another."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.inbox import Answer, answers, leave
from rollback_gov.execution.journal import FILE, Journal, JournalError
from rollback_gov.execution.postgres.copy import CopiedStore, LocalCopy
from rollback_gov.execution.postgres.desk import Desk
from rollback_gov.execution.postgres.store import PostgresStore
from rollback_gov.execution.postgres.streams import Streams
from tests.servers import Postgresql


@pytest.fixture
def database(postgresql: Postgresql) -> str:
    return postgresql.url(postgresql.create_database())


def journal(database: str, folder: Path) -> Journal:
    store = CopiedStore(PostgresStore(database, "run-1", ""), folder, SystemClock())
    return Journal(folder, SystemClock(), store=store)


def test_the_file_follows_the_stream(database: str, tmp_path: Path) -> None:
    with closing(journal(database, tmp_path)) as writing:
        writing.append("warning", {"message": "one"})
        assert (tmp_path / FILE).read_bytes() == writing.lines()
    (tmp_path / FILE).write_bytes(b"")
    with closing(journal(database, tmp_path)) as writing:
        writing.append("warning", {"message": "two"})
    with closing(Streams(database, "run-1")) as streams:
        assert (tmp_path / FILE).read_bytes() == streams.lines("")
        assert streams.lines("", after=1) == (tmp_path / FILE).read_bytes().splitlines(keepends=True)[1]


def test_a_file_that_says_something_else_is_no_copy(database: str, tmp_path: Path) -> None:
    with closing(journal(database, tmp_path)) as writing:
        writing.append("warning", {"message": "one"})
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes().replace(b"one", b"two"))
    with pytest.raises(JournalError, match="is not a copy of the journal in the database") as caught:
        journal(database, tmp_path)
    assert "written anew" in caught.value.hint
    with closing(PostgresStore(database, "run-1", "")):
        pass


def test_another_process_may_not_write_the_copy(tmp_path: Path) -> None:
    with (
        closing(LocalCopy(tmp_path, SystemClock())),
        pytest.raises(JournalError, match="Another process is writing"),
    ):
        LocalCopy(tmp_path, SystemClock())


def test_an_answer_reaches_the_other_machine_once(database: str, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    given = Answer(step="phases/a/ask", decision="approved", by="ben", reason="", executable="e")
    with closing(Desk(database, "run-1", "regions/eu")) as desk:
        desk.post(here)
        desk.fetch(there)
        assert list(answers(there)) == []
        leave(here, given, number=1)
        for _ in range(2):
            desk.post(here)
            desk.fetch(there)
        assert list(answers(there)) == [given]
    with closing(Desk(database, "run-1", "regions/us")) as desk:
        desk.fetch(tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_the_wish_to_stop_is_one_of_a_slice(database: str) -> None:
    with closing(Desk(database, "run-1", "regions/eu")) as desk:
        desk.ask_to_stop("run-1.eu.1", "SIGTERM")
        desk.ask_to_stop("run-1.eu.1", "SIGINT")
        assert desk.asked_to_stop("run-1.eu.1") == "SIGINT"
        assert desk.asked_to_stop("run-1.eu.2") == ""
