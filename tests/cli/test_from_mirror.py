"""A hosted runner dies and its disk with it: the run goes on in another checkout, from each kind of mirror."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rollback_gov.execution.mirror.address import open_mirror
from tests.cli.room import ENVIRONMENTS, LIMIT, UNHURRIED, Room, wait_for
from tests.execution.mirror.places import bare_repository, git, journal_server
from tests.reports.journals import Story
from tests.servers import Postgresql, free_port, postgresql

__all__ = ["postgresql"]

BODY = """\
parameters: {EFFECTS: {varies: environment}}
phases:
  - id: back
    name: Go back
    budget: 50s
    steps:
      - {id: first, run: echo first >> "$EFFECTS", timeout: 20s}
      - id: second
        run: |
          echo second >> "$EFFECTS"
          echo $$ > "$EFFECTS.pid"
          until test -e "$EFFECTS.go"; do sleep 0.02; done
        timeout: 20s
        SECOND
      - {id: third, run: echo third >> "$EFFECTS", timeout: 5s, THIRD}
      - {id: fourth, run: echo fourth >> "$EFFECTS", timeout: 5s}
"""
DONE = 'verify: {run: grep -q NAME "$EFFECTS"}'


def body(second: str = "", third: str = "retry: {times: 0}") -> str:
    return BODY.replace("        SECOND\n", f"        {second}\n" if second else "").replace("THIRD", third)


@dataclass
class Disaster:
    """A checkout in which a run goes on, what it did outside, and the mirror."""

    folder: Path
    mirror: str

    def checkout(self, name: str, text: str) -> Room:
        room = Room(self.folder / name, body=text)
        room.environ["EFFECTS"] = str(self.effects)
        git(room.root, "init", "--quiet")
        git(room.root, "remote", "add", "origin", str(self.folder / "remote"))
        return room

    @property
    def effects(self) -> Path:
        return self.folder / "effects"

    @property
    def done(self) -> list[str]:
        return self.effects.read_text().split()

    def held(self, run: str) -> bytes:
        """What the mirror has of a run, seen from a third place."""
        spy = self.folder / "spy"
        if not spy.exists():
            spy.mkdir()
            git(spy, "init", "--quiet")
            git(spy, "remote", "add", "origin", str(self.folder / "remote"))
        mirror = open_mirror(self.mirror, run, root=spy, environ=os.environ)
        try:
            return mirror.read()
        finally:
            mirror.close()

    def strike(self, room: Room, region: str = "") -> str:
        """Run until the second step is in the mirror, then take the machine away: processes and disk. Gives the run."""
        process = room.process(*room.execute("--journal-mirror", self.mirror, "--param", f"EFFECTS={self.effects}"))
        try:
            wait_for(lambda: Path(f"{self.effects}.pid").exists())
            run, of_region = room.incident.name, f".{region}" if region else ""
            wait_for(lambda: b'"step.intent","data":{"step":"phases/back/second"' in self.held(f"{run}{of_region}"))
            wait_for(lambda: f'"region":"{region}"'.encode() in self.held(run))
        finally:
            process.kill()
            process.communicate()
        os.killpg(os.getpgid(int(Path(f"{self.effects}.pid").read_text())), signal.SIGKILL)
        shutil.rmtree(room.root / "incidents")
        Path(f"{self.effects}.go").touch()
        return run

    def resume(self, room: Room, run: str, *more: str) -> tuple[int, str, str]:
        words = ["resume", run, "--from-mirror", self.mirror, "--as", "bob", "--param", f"EFFECTS={self.effects}"]
        return room.gov(*words, *more)


@pytest.fixture(params=["git", "http", "postgresql"])
def disaster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disaster]:
    bare_repository(tmp_path / "remote")
    if request.param == "git":
        yield Disaster(tmp_path, "git:refs/rollback-gov")
    elif request.param == "http":
        with journal_server() as server:
            yield Disaster(tmp_path, server.web.url)
    else:
        database: Postgresql = request.getfixturevalue("postgresql")
        yield Disaster(tmp_path, database.url(database.create_database()))


def test_the_run_goes_on_in_another_checkout(disaster: Disaster) -> None:
    text = body(DONE.replace("NAME", "second"), DONE.replace("NAME", "third"))
    run = disaster.strike(disaster.checkout("first", text))
    other = disaster.checkout("second", text)
    code, out, err = disaster.resume(other, run)
    assert code == 0, out + err
    assert disaster.done == ["first", "second", "third", "fourth"]
    assert other.incident.name == run
    assert disaster.held(run) == (other.incident / "journal.jsonl").read_bytes(), "the mirror goes on as well"
    (resumed,) = other.of("run.resumed")
    assert (resumed["by"], resumed["tail"], resumed["plan_file"]) == ("bob", "missing", str(other.plan))
    assert resumed["mirror"]
    settled = {data["step"].rpartition("/")[2]: (data["how"], data["outcome"]) for data in other.of("step.settled")}
    assert settled == {"second": ("verify", "done"), "third": ("verify", "run_again")}
    assert not [data for data in other.of("step.intent") if "second" in data["step"] and data["attempt"] > 1]


@pytest.fixture
def over_git(tmp_path: Path) -> Disaster:
    bare_repository(tmp_path / "remote")
    return Disaster(tmp_path, "git:")


def test_what_nobody_knows_is_asked_and_never_repeated(over_git: Disaster) -> None:
    run = over_git.strike(over_git.checkout("first", body()))
    other = over_git.checkout("second", body())
    code, _, err = over_git.resume(other, run)
    assert code == 1
    assert "Nobody knows whether step 'phases/back/second' had its effect" in err
    code, _, err = over_git.resume(other, run, "--settle", "phases/back/second=done")
    assert code == 1, "it was done, so the step after it may have been begun as well"
    assert "Nobody knows whether step 'phases/back/third' had its effect" in err
    assert over_git.done == ["first", "second"]
    settle = ("--settle", "phases/back/third=again")
    code, out, err = other.gov("resume", run, "--as", "bob", "--param", f"EFFECTS={over_git.effects}", *settle)
    assert code == 0, out + err
    assert over_git.done == ["first", "second", "third", "fourth"], "third was not done: nothing after it was begun"


def test_a_step_that_was_left_out_stays_left_out(over_git: Disaster) -> None:
    text = body("idempotent: true", "when: {run: 'false'}")
    run = over_git.strike(over_git.checkout("first", text))
    other = over_git.checkout("second", text)
    code, _, err = over_git.resume(other, run)
    assert code == 1
    assert "'phases/back/fourth'" in err, "third is not needed, whoever asks; fourth may have been begun"
    assert over_git.done == ["first", "second", "second"]


def test_a_run_that_was_interrupted_in_order_leaves_no_doubt(over_git: Disaster) -> None:
    text = body("idempotent: true")
    room = over_git.checkout("first", text)
    process = room.process(*room.execute("--journal-mirror", "git:", "--param", f"EFFECTS={over_git.effects}"))
    wait_for(lambda: Path(f"{over_git.effects}.pid").exists())
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    run = room.incident.name
    shutil.rmtree(room.root / "incidents")
    Path(f"{over_git.effects}.go").touch()
    other = over_git.checkout("second", text)
    code, out, err = over_git.resume(other, run)
    assert code == 0, out + err
    assert other.of("run.resumed")[0]["tail"] == "whole"
    assert over_git.done == ["first", "second", "second", "third", "fourth"]


def test_another_plan_is_another_plan(over_git: Disaster) -> None:
    run = over_git.strike(over_git.checkout("first", body()))
    other = over_git.checkout("second", body().replace("echo third", "echo 3"))
    code, _, err = over_git.resume(other, run)
    assert code == 1
    assert "what the plan runs has changed since the run began" in err
    shutil.rmtree(other.root / "rollback")
    code, _, err = over_git.resume(other, run)
    assert code == 2
    assert "is not in" in err
    assert "git_commit" in err


def test_a_machine_that_still_lives_is_noticed_by_both(over_git: Disaster) -> None:
    """Somebody thinks that it is dead and goes on elsewhere: the one that was taken over stops."""
    text = body(DONE.replace("NAME", "second"), DONE.replace("NAME", "third"))
    room = over_git.checkout("first", text)
    first = room.process(*room.execute("--journal-mirror", "git:", "--param", f"EFFECTS={over_git.effects}"))
    wait_for(lambda: Path(f"{over_git.effects}.pid").exists())
    run = room.incident.name
    wait_for(lambda: b'phases/back/second","title"' in over_git.held(run))
    other = over_git.checkout("second", text)
    code, out, err = over_git.resume(other, run)
    assert code == 0, out + err
    Path(f"{over_git.effects}.go").touch()
    out, err = first.communicate(timeout=60)
    assert first.returncode in (0, 130), out + err
    if first.returncode == 130:
        assert "its takeover by bob on" in err
    ours = room.of("warning")
    assert any("rejected" in data["message"] for data in ours), "it is in the journal here"


def test_a_mirror_that_knows_nothing(over_git: Disaster) -> None:
    room = over_git.checkout("first", body())
    assert over_git.resume(room, "op-3-20260101-000000-execute")[::2] == (
        2,
        "rollback-gov: The journal mirror git:refs/rollback-gov/op-3-20260101-000000-execute knows nothing of the run "
        "'op-3-20260101-000000-execute'.\n",
    )
    for name in ("latest", "../x", ".."):
        code, _, err = over_git.resume(room, name)
        assert (code, "is not the id of a run" in err) == (2, True)


def test_a_mirror_whose_chain_is_broken_is_refused(tmp_path: Path) -> None:
    bare_repository(tmp_path / "remote")
    with journal_server() as server:
        disaster = Disaster(tmp_path, server.web.url)
        run = disaster.strike(disaster.checkout("first", body()))
        server.journals[f"/{run}"] = server.journals[f"/{run}"].replace(b"errors everywhere", b"errors nowhere!!!", 1)
        other = disaster.checkout("second", body())
        code, _, err = disaster.resume(other, run)
        assert code == 2
        assert f"{server.web.url}/{run}, journal of {run}:1: the line was changed" in err
        assert not (other.root / "incidents" / run).exists()


def test_a_journal_here_is_completed_from_the_mirror(over_git: Disaster) -> None:
    """The disk was full, or came back from a backup: what is here is a beginning of what the mirror has."""
    text = body(DONE.replace("NAME", "second"), DONE.replace("NAME", "third"))
    room = over_git.checkout("first", text)
    run = over_git.strike(room)
    whole = over_git.held(run)
    folder = room.root / "incidents" / run
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:3]))
    code, out, err = over_git.resume(room, run)
    assert code == 0, out + err
    assert room.of("run.resumed")[0]["lines"] == whole.count(b"\n") - 3
    assert over_git.done == ["first", "second", "third", "fourth"]


def test_two_stories_of_one_run(over_git: Disaster) -> None:
    room = over_git.checkout("first", body())
    run = over_git.strike(room)
    folder = room.root / "incidents" / run
    folder.mkdir(parents=True)
    Story().start(run=run).write(folder)
    code, _, err = over_git.resume(room, run)
    assert code == 2
    assert "tell different stories" in err


def test_a_damaged_journal_here_is_put_aside_first(over_git: Disaster) -> None:
    room = over_git.checkout("first one", body(DONE.replace("NAME", "second"), DONE.replace("NAME", "third")))
    run = over_git.strike(room)
    journal = room.root / "incidents" / run / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_bytes(b"another story\n")
    code, _, err = over_git.resume(room, run)
    assert code == 2
    assert f"{journal}:1: the line is not an event." in err
    assert f"mv '{journal}' '{journal}.damaged'" in err
    journal.rename(f"{journal}.damaged")
    assert over_git.resume(room, run)[0] == 0


# A dead mirror


def test_a_dead_mirror_is_a_warning_and_nothing_else(tmp_path: Path) -> None:
    room = Room(tmp_path / "room")
    code, out, err = room.gov(*room.execute("--journal-mirror", f"http://127.0.0.1:{free_port()}/runs"))
    assert code == 0, out + err
    assert "lacks the last" in out
    warnings = [data["message"] for data in room.of("warning")]
    assert len([text for text in warnings if "cannot be reached" in text]) <= 1


def test_a_mirror_from_the_environment_that_is_none_stops_no_rollback(tmp_path: Path) -> None:
    room = Room(
        tmp_path / "room", environments="journal_mirror: git:x\nenvironments: {production: {class: production}}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLBACK_GOV_JOURNAL_MIRROR", "carrier-pigeon:coop")
        code, out, err = room.gov(*room.execute())
    assert code == 0, out + err
    assert "There is no journal mirror of the kind 'carrier-pigeon'" in room.of("warning")[0]["message"]
    code, _, err = room.gov(*room.execute("--journal-mirror", "carrier-pigeon:coop"))
    assert (code, "There is no journal mirror of the kind" in err) == (2, True)


def test_the_mirror_of_an_environment(tmp_path: Path) -> None:
    with journal_server() as server:
        own = f"{{class: production, journal_mirror: '{server.web.url}/own'}}"
        text = f"journal_mirror: '{server.web.url}/shared'\nenvironments: {{production: {own}}}\n"
        room = Room(tmp_path / "room", environments=text)
        code, out, err = room.gov(*room.execute())
        assert code == 0, out + err
        (path,) = server.journals
        assert path.startswith("/own/op-3-")
        assert server.journals[path] == (room.incident / "journal.jsonl").read_bytes()


WAITING = """\
phases:
  - id: back
    budget: 5m
    steps:
      - id: waiting
        run: |
          touch ready
          until test -e go; do sleep 0.1; done
        timeout: 4m
"""


@pytest.mark.slow
def test_a_cancelled_run_waits_for_no_mirror_that_is_dead(tmp_path: Path) -> None:
    """The mirror and a channel take the connection and never answer."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/runs"
        channels = "channels: {hook: {kind: webhook, url_env: HOOK}}\n"
        room = Room(tmp_path / "room", "communication: {channels: [hook]}\n" + WAITING, channels + ENVIRONMENTS)
        room.environ["HOOK"] = address
        process = room.process(*room.execute("--journal-mirror", address), how=("-c", UNHURRIED))
        wait_for((room.plan.parent / "ready").exists)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        seconds = time.monotonic() - began
    assert process.returncode == 130, out + err
    assert seconds < LIMIT, out
    assert [event["type"] for event in room.events() if event["type"] != "message.sent"][-1] == "run.interrupted"
    assert "lacks the last" in out


REGIONAL = """\
regions:
  order: [asia, america, europe]
  strategy: {max_parallel: 1, max_failures: 0}
  parameters: {asia: {HOST: as}, america: {HOST: am}, europe: {HOST: eu}}
parameters: {EFFECTS: {varies: environment}, HOST: {default: nowhere}}
phases:
  - id: back
    budget: 50s
    steps:
      - id: second
        run: |
          echo "$HOST" >> "$EFFECTS"
          test "$HOST" != as || exit 0
          echo $$ > "$EFFECTS.pid"
          until test -e "$EFFECTS.go"; do sleep 0.02; done
        verify: {run: 'grep -qx "$HOST" "$EFFECTS"'}
        timeout: 20s
"""


def test_a_run_of_all_regions_goes_on_in_another_checkout(over_git: Disaster) -> None:
    run = over_git.strike(over_git.checkout("first", REGIONAL), "america")
    other = over_git.checkout("second", REGIONAL)
    code, out, err = over_git.resume(other, run)
    assert code == 0, out + err
    assert over_git.done == ["as", "am", "eu"], "no region did anything twice"
    assert [(data["region"], data["result"]) for data in other.of("region.finished")] == [
        ("asia", "passed"),
        ("america", "passed"),
        ("europe", "passed"),
    ]
    for region in ("asia", "america", "europe"):
        assert (other.root / "incidents" / run / "regions" / region / "journal.jsonl").is_file()
    assert (
        over_git.held(f"{run}.america")
        == (other.root / "incidents" / run / "regions" / "america" / "journal.jsonl").read_bytes()
    ), "the mirror goes on as well"
