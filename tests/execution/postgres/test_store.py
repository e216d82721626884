"""A journal in a real PostgreSQL: the same lines, one owner at a time, and a database that goes away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from rollback_gov.execution.chain import parse_lines
from rollback_gov.execution.clock import SystemClock, parse_stamp
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.execution.postgres import connection, lease, store
from rollback_gov.execution.postgres.connection import Connection
from rollback_gov.execution.postgres.lease import is_alive
from rollback_gov.execution.postgres.store import PostgresStore, lease_of
from rollback_gov.execution.postgres.streams import Streams, locate, newest_unfinished
from rollback_gov.execution.store import JournalError
from rollback_gov.model.errors import UsageError
from tests.cli.room import wait_for
from tests.servers import Postgresql, start_postgresql

STREAM = "regions/eu-west-1"


@pytest.fixture
def database(postgresql: Postgresql) -> str:
    return postgresql.url(postgresql.create_database())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BUSY_SECONDS", 0.1)


_open: list[Journal] = []


def opened(database: str, tmp_path: Path, stream: str = STREAM) -> Journal:
    _open.append(Journal(tmp_path, SystemClock(), store=PostgresStore(database, "run-1", stream)))
    return _open[-1]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what a test has opened; a zombie closes nothing."""
    yield
    while _open:
        _open.pop().close()


@pytest.fixture
def streams(database: str) -> Iterator[Streams]:
    reading = Streams(database, "run-1")
    yield reading
    reading.close()


def kill_sessions(server: Postgresql, database: str) -> None:
    name = database.rpartition("/")[2]
    server.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def test_the_lines_are_those_of_a_file_byte_by_byte(database: str, tmp_path: Path, streams: Streams) -> None:
    class Still(SystemClock):
        def now(self) -> datetime:
            return parse_stamp("2026-01-31T12:00:00.000Z")

        def monotonic(self) -> float:
            return 1.5

    journals = [
        Journal(tmp_path, Still(), store=PostgresStore(database, "run-1", STREAM)),
        Journal(tmp_path, Still()),
    ]
    for journal in journals:
        journal.append("warning", {"message": "Größe \u2028 \0 \ud800 \\ ' % \n"})
        journal.append("run.started", {"run": "run-1"})
        journal.close()
    assert streams.lines(STREAM) == (tmp_path / FILE).read_bytes()
    assert streams.names() == (STREAM,)
    assert streams.lines("elsewhere") == b""


def test_a_journal_goes_on_where_it_stood(database: str, tmp_path: Path) -> None:
    for number in range(3):
        journal = opened(database, tmp_path)
        assert [event.seq for event in journal.events] == list(range(1, number + 1))
        journal.append("warning", {"message": str(number)})
        journal.close()


def test_one_owner_at_a_time(database: str, tmp_path: Path) -> None:
    journal = opened(database, tmp_path)
    assert alive(database)
    with pytest.raises(JournalError, match=r"Another process is writing run-1/regions/eu-west-1 in .*: .*, process"):
        opened(database, tmp_path)
    other = opened(database, tmp_path, "")
    other.close()
    journal.close()
    assert not alive(database)
    opened(database, tmp_path).close()


def test_a_zombie_stops_at_its_next_append(
    postgresql: Postgresql, database: str, tmp_path: Path, streams: Streams
) -> None:
    zombie = opened(database, tmp_path)
    zombie.append("warning", {"message": "alive"})
    kill_sessions(postgresql, database)
    peer = opened(database, tmp_path)
    peer.append("run.resumed", {"by": "peer"})
    with pytest.raises(JournalError, match=r"was taken over by .*; this process stops here"):
        zombie.append("warning", {"message": "still here"})
    peer.append("warning", {"message": "on we go"})
    said = [event.data for event in parse_lines(streams.lines(STREAM), "it")]
    assert said == [{"message": "alive"}, {"by": "peer"}, {"message": "on we go"}]


def test_a_zombie_with_the_same_number_in_hand_is_refused_too(
    postgresql: Postgresql, database: str, tmp_path: Path
) -> None:
    zombie = opened(database, tmp_path)
    kill_sessions(postgresql, database)
    peer = opened(database, tmp_path)
    with pytest.raises(JournalError, match="taken over"):
        zombie.append("warning", {"message": "first"})
    peer.append("warning", {"message": "first"})


def test_a_connection_that_drops_is_opened_again(postgresql: Postgresql, database: str, tmp_path: Path) -> None:
    journal = opened(database, tmp_path)
    for number in range(3):
        kill_sessions(postgresql, database)
        journal.append("warning", {"message": str(number)})
    journal.close()
    journal = opened(database, tmp_path)
    assert [event.data["message"] for event in journal.events] == ["0", "1", "2"]


def alive(database: str) -> bool:
    """Whether the owner of the stream is, as a peer sees it."""
    with closing(Connection(database)) as peer:
        return peer.run(lambda session: is_alive(session, lease_of("run-1", STREAM)))


def test_whoever_has_nothing_to_say_is_alive_too(
    postgresql: Postgresql, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BEAT_SECONDS", 0.05)
    journal = opened(database, tmp_path)
    kill_sessions(postgresql, database)
    wait_for(lambda: alive(database))
    kept = journal._store
    assert isinstance(kept, PostgresStore)
    assert kept.epoch == 1
    journal.close()
    wait_for(lambda: not alive(database))


def test_the_newest_run_that_has_not_ended(database: str, tmp_path: Path) -> None:
    assert newest_unfinished(database) == ""
    for run, last in (("b", "warning"), ("a", "warning"), ("c", "run.finished")):
        for stream in ("", STREAM):
            journal = Journal(tmp_path, SystemClock(), store=PostgresStore(database, run, stream))
            journal.append("warning", {"type": "run.finished", "message": 'a "type":"run.finished","data":{} in words'})
            journal.append("run.finished" if stream else last, {})
            journal.close()
    PostgresStore(database, "d", "").close()
    assert newest_unfinished(database) == "a"
    PostgresStore(database, "b", "").close()
    assert newest_unfinished(database) == "b"


def test_names_with_dots_are_found(database: str, tmp_path: Path) -> None:
    for run, stream in (("api-2.0-execute", ""), ("api-2.0-execute", "regions/eu.west"), ("api-2", "")):
        journal = Journal(tmp_path, SystemClock(), store=PostgresStore(database, run, stream))
        journal.append("warning", {"message": "here"})
        journal.close()
    assert locate(database, "api-2.0-execute") == ("api-2.0-execute", "")
    assert locate(database, "api-2.0-execute.eu.west") == ("api-2.0-execute", "regions/eu.west")
    for unknown in ("api-2.0-execute.us", "api-2.0", "eu.west", ""):
        with pytest.raises(UsageError, match=f"There is no run '{unknown}' in the database"):
            locate(database, unknown)


class TestFrozen:
    """An owner that holds its connection and its lock, and gives no sign of life."""

    @pytest.fixture
    def frozen(self, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
        monkeypatch.setattr(store, "BEAT_SECONDS", 3600)
        journal = opened(database, tmp_path)
        journal.append("warning", {"message": "alive"})
        monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
        return journal

    def test_it_is_taken_over_and_cannot_append(self, database: str, tmp_path: Path, frozen: Journal) -> None:
        assert not alive(database)
        peer = opened(database, tmp_path)
        with pytest.raises(JournalError, match=r"was taken over by .*; this process stops here"):
            frozen.append("warning", {"message": "still here"})
        peer.append("run.resumed", {"by": "peer"})

    def test_it_gives_no_sign_of_life_any_more(
        self, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "BEAT_SECONDS", 0.05)
        monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
        kept = opened(database, tmp_path)._store
        assert isinstance(kept, PostgresStore)
        opened(database, tmp_path)
        kept._living.join(60)
        assert not kept._living.is_alive()

    def test_it_begins_nothing(
        self, database: str, tmp_path: Path, frozen: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        frozen.confirm()
        opened(database, tmp_path)
        monkeypatch.setattr(lease, "_now", lambda clock=lease._now: clock() + lease.SURE_SECONDS)
        with pytest.raises(JournalError, match=r"was taken over by .*; this process stops here"):
            frozen.confirm()

    def test_what_confirms_itself_is_sure_again(self, frozen: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        now = lease._now() + lease.SURE_SECONDS
        monkeypatch.setattr(lease, "_now", lambda: now)
        frozen.confirm()
        kept = frozen._store
        assert isinstance(kept, PostgresStore)
        assert kept._lease._sure_until == now + lease.SURE_SECONDS

    def test_while_the_server_was_away_nobody_could_give_a_sign(self, tmp_path: Path) -> None:
        with start_postgresql() as server:
            journal = opened(server.url(), tmp_path)
            server.query("UPDATE rollback_gov.lease SET beat = '-infinity'")
            assert alive(server.url())
            journal.close()
        _open.clear()


def test_a_connection_does_not_wait_for_a_dead_network(database: str) -> None:
    with closing(Connection(f"{database}?application_name=ann&options=-c%20work_mem%3D1234kB")) as one:
        shown = "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('work_mem')"
        assert one.run(lambda session: session.execute(shown).fetchone()) == ("10s", "1234kB")
        parameters = one.run(lambda session: session.info.get_parameters())
    assert (parameters["application_name"], parameters["tcp_user_timeout"]) == ("ann", "10000")


def test_a_local_socket_will_do(postgresql: Postgresql) -> None:
    folder, port = postgresql.socket_folder, postgresql.port
    with closing(Connection(f"postgresql:///postgres?user=postgres&host={folder}&port={port}")) as one:
        assert one.run(lambda session: session.execute("SELECT current_database()").fetchone()) == ("postgres",)


def test_a_closed_connection_is_not_opened_again(database: str) -> None:
    one = Connection(database)

    def fail(session: object) -> None:
        one.close()
        raise one._psycopg.OperationalError("gone")

    with pytest.raises(JournalError, match="gone"):
        one.run(fail)
    assert one._session is None


def test_an_append_that_was_kept_before_the_answer_was_lost_is_not_repeated(
    database: str, tmp_path: Path, streams: Streams
) -> None:
    journal = opened(database, tmp_path)
    kept = journal._store
    assert isinstance(kept, PostgresStore)
    real, calls = kept._append, []

    def lose_the_answer(session: object, values: dict[str, object]) -> None:
        real(session, values)  # type: ignore[arg-type]
        calls.append(values)
        if len(calls) == 1:
            kept._lost = True
            raise kept._psycopg.OperationalError("the server closed the connection unexpectedly")

    kept._append = lose_the_answer  # type: ignore[method-assign]
    journal.append("warning", {"message": "once"})
    assert len(calls) == 2
    assert len(parse_lines(streams.lines(STREAM), "it")) == 1


def test_a_database_that_stays_away_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_SECONDS", 0.2)
    with pytest.raises(JournalError, match=r"The database 127.0.0.1:1/none does not answer") as caught:
        PostgresStore("postgresql://ann:hunter2@127.0.0.1:1/none", "run-1", "")
    assert "hunter2" not in str(caught.value)


def test_a_database_that_does_not_come_back_is_a_sentence(
    postgresql: Postgresql, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "AWAY_SECONDS", 0.2)
    journal = opened(database, tmp_path)
    journal.append("warning", {"message": "before"})
    postgresql.query(f'DROP DATABASE "{database.rpartition("/")[2]}" WITH (FORCE)')
    with pytest.raises(JournalError, match=r"does not answer: .*does not exist"):
        journal.append("warning", {"message": "after"})


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match="need psycopg") as caught:
        PostgresStore("postgresql://127.0.0.1/none", "run-1", "")
    assert caught.value.hint == "Install it with: pip install 'rollback-gov[distributed]'"


def test_everybody_may_be_the_first(database: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        journals = list(pool.map(lambda number: opened(database, tmp_path, str(number)), range(8)))
    for journal in journals:
        journal.append("warning", {"message": "here"})
        journal.close()


@pytest.mark.slow
def test_a_database_that_is_away_for_five_seconds_stops_nothing(tmp_path: Path) -> None:
    import time
    from threading import Timer

    with start_postgresql() as server:
        journal = opened(server.url(), tmp_path)
        journal.append("warning", {"message": "before"})
        server.stop()
        back = Timer(5, server.start)
        back.start()
        began = time.monotonic()
        journal.append("warning", {"message": "meanwhile"})
        assert time.monotonic() - began > 4
        back.join()
        journal.close()
        journal = opened(server.url(), tmp_path)
        assert [event.data["message"] for event in journal.events] == ["before", "meanwhile"]
        journal.close()
