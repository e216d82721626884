"""One rollback an operation, whoever watches: what a lease promises, in a folder, in a database and in a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from rollback_gov.commands.watch_leases import DatabaseLeases
from rollback_gov.triggers import holder as holder_module
from rollback_gov.triggers import lease as lease_module
from rollback_gov.triggers.holder import Holder, read_holder, text_of
from rollback_gov.triggers.lease import LEASE_SECONDS, SURE_SECONDS, Lease, Leases, Lost, Unreachable
from rollback_gov.triggers.lease_files import FileLeases
from rollback_gov.triggers.lease_kubernetes import KubernetesLeases
from tests.conftest import need
from tests.plans_example.kubernetes_api import kubernetes_api
from tests.servers import postgresql

__all__ = ["postgresql"]

AT = "2026-01-31T12:00:00.000Z"
TAKE = """
import sys
from pathlib import Path
from rollback_gov.triggers.lease import Lease
from rollback_gov.triggers.lease_files import FileLeases
taken = Lease(FileLeases(Path(sys.argv[1])), "rollback").take(at="2026-01-31T12:00:00.000Z", reason="errors")
print(taken[0] is None, flush=True)
sys.stdin.read()
"""

HOLDER = Holder(pid=1, boot="", started="", host="elsewhere", at=AT, reason="errors")

AT_LENGTH = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("ROLLBACK_GOV_SLOW"), reason="at length: make test-slow"),
]


class Steady:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Elsewhere:
    """The same store, as seen by whoever cannot see our processes."""

    look_seconds = 0.0

    def __init__(self, store: Leases) -> None:
        self.store = store

    def read(self, name: str) -> tuple[str, str] | None:
        kept = self.store.read(name)
        return kept and (json.dumps({**json.loads(kept[0]), "host": "elsewhere"}), kept[1])

    def swap(self, name: str, version: str, text: str) -> bool:
        return self.store.swap(name, version, text)


class Away:
    """A store that does not answer."""

    look_seconds = 0.0

    def read(self, name: str) -> tuple[str, str] | None:
        raise Unreachable("gone")

    def swap(self, name: str, version: str, text: str) -> bool:
        raise Unreachable("gone")


class Mute:
    """A store that takes in the first change, and whose answer to it does not come."""

    look_seconds = 0.0

    def __init__(self, store: Leases) -> None:
        self.store, self.is_mute = store, True

    def read(self, name: str) -> tuple[str, str] | None:
        return self.store.read(name)

    def swap(self, name: str, version: str, text: str) -> bool:
        took = self.store.swap(name, version, text)
        if self.is_mute:
            self.is_mute = False
            raise Unreachable("no answer")
        return took


@pytest.fixture(params=["folder", "database", pytest.param("cluster", marks=AT_LENGTH)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Leases]:
    """Each kind of store, the real thing behind it. A cluster is asked in short where its manifest is tested."""
    with ExitStack() as stack:
        if request.param == "database":
            server = request.getfixturevalue("postgresql")
            yield stack.enter_context(closing(DatabaseLeases(server.url(server.create_database()), "op-7.production")))
        elif request.param == "cluster":
            need("kubectl")
            _, config = stack.enter_context(kubernetes_api(tmp_path))
            yield KubernetesLeases("test", "op-7.Production", cluster(config))
        else:
            yield FileLeases(tmp_path / "watch")


def cluster(config: Path) -> dict[str, str]:
    """Variables with which kubectl speaks to the cluster, in the namespace of its context, as in a pod."""
    document = json.loads(config.read_text())
    for entry in document.get("contexts", ()):
        entry["context"]["namespace"] = "test"
        document["current-context"] = entry["name"]
    config.write_text(json.dumps(document))
    return {"PATH": os.environ["PATH"], "HOME": str(config.parent), "KUBECONFIG": str(config)}


@pytest.fixture
def files(tmp_path: Path) -> FileLeases:
    return FileLeases(tmp_path / "watch")


def taken(lease: Lease, **more: Any) -> Holder | None:
    return lease.take(at=AT, reason="errors", **more)[0]


class TestEveryStore:
    """What holds wherever a lease is kept."""

    def test_the_first_gets_it_and_the_second_learns_who_has_it(self, store: Leases) -> None:
        first, second = Lease(store, "rollback"), Lease(store, "rollback")
        assert first.holder() is None
        assert (taken(first), first.token) == (None, 1)
        holder = taken(second)
        assert holder is not None
        assert (holder.pid, holder.reason, holder.result, holder.token) == (os.getpid(), "errors", "", 1)
        assert second.is_alive(holder)
        assert second.token == 0

    def test_of_many_at_once_exactly_one_gets_it(self, store: Leases) -> None:
        got: list[Holder | None] = []
        leases = [Lease(store, "rollback") for _ in range(6)]
        threads = [Thread(target=lambda lease=lease: got.append(taken(lease))) for lease in leases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(holder is None for holder in got) == 1
        assert len(got) == 6

    def test_the_token_of_whoever_was_taken_over_is_worth_nothing(self, store: Leases) -> None:
        clock = Steady()
        ours, theirs = Lease(store, "rollback", steady=clock), Lease(Elsewhere(store), "rollback", steady=clock)
        taken(ours)
        ours.begin("op-7-1")
        assert taken(theirs) is not None
        clock.now += LEASE_SECONDS
        holder, dead = theirs.take(at=AT, reason="errors")
        assert holder is None
        assert dead is not None
        assert (dead.run, dead.token, theirs.token) == ("op-7-1", 1, 2)
        for late in (ours.confirm, ours.fence, lambda: ours.begin("op-7-2"), lambda: ours.settle("passed")):
            with pytest.raises(Lost, match=r"taken over by process .* \(token 2\)"):
                late()
        now = Lease(store, "rollback").holder()
        assert now is not None
        assert (now.token, now.result, now.run) == (2, "", "op-7-1")  # it has not ended, whoever dies next

    def test_what_is_over_keeps_its_lease_and_a_person_may_do_it_again(self, store: Leases) -> None:
        lease = Lease(store, "rollback")
        assert not lease.set_aside()
        taken(lease)
        assert not lease.set_aside()
        lease.settle("passed")
        holder = taken(Lease(store, "rollback"))
        assert holder is not None
        assert holder.result == "passed"
        again = Lease(store, "rollback")
        assert taken(again, again=True, by="ana") is None
        assert again.token == 2

    def test_a_lease_that_was_set_aside_is_free_and_tokens_go_on_growing(self, store: Leases) -> None:
        lease = Lease(store, "rollback")
        taken(lease)
        lease.settle("failed")
        assert lease.set_aside()
        assert lease.holder() is None
        assert not lease.set_aside()
        after = Lease(store, "rollback")
        assert after.take(at=AT, reason="errors") == (None, None)
        assert after.token == 2

    def test_a_sign_of_life_after_the_end_leaves_what_came_of_it(self, store: Leases) -> None:
        lease = Lease(store, "rollback")
        taken(lease)
        lease.begin("op-7-1")
        lease.settle("passed")
        lease.confirm()
        holder = Lease(store, "rollback").holder()
        assert holder is not None
        assert (holder.run, holder.result) == ("op-7-1", "passed")

    def test_who_got_it_and_was_not_told_has_it_at_the_next_attempt(self, store: Leases) -> None:
        taken(dead := Lease(Elsewhere(store), "rollback"))
        dead.begin("op-7-1")
        clock = Steady()
        ours = Lease(Mute(Elsewhere(store)), "rollback", steady=clock)
        assert taken(ours) is not None
        clock.now += LEASE_SECONDS
        with pytest.raises(Unreachable, match="no answer"):
            taken(ours)
        assert ours.token == 0
        holder, before = ours.take(at=AT, reason="errors")
        assert holder is None
        assert before is not None
        assert (before.run, ours.token) == ("op-7-1", 3)
        ours.confirm()

    def test_names_are_apart(self, store: Leases) -> None:
        assert taken(Lease(store, "rollback")) is None
        assert taken(Lease(store, "mitigate-0")) is None
        assert Lease(store, "mitigate-0").free()
        assert not Lease(store, "mitigate-0").free()
        assert Lease(store, "rollback").holder() is not None


class TestAlive:
    """Who lives."""

    def process(self, files: FileLeases) -> subprocess.Popen[str]:
        """Another watcher: takes the lease, says whether it got it, and lives until its input ends."""
        command = [sys.executable, "-c", TAKE, str(files.folder)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def test_of_many_processes_exactly_one_gets_it(self, files: FileLeases) -> None:
        others = [self.process(files) for _ in range(4)]
        said = [other.communicate("", timeout=20)[0].strip() for other in others]
        # Who comes after the one that had it is dead takes it over: at most that many, never two at a time.
        assert "True" in said
        last = Lease(files, "rollback").holder()
        assert last is not None
        assert last.token == said.count("True")

    def test_a_holder_that_died_is_dead_and_its_lease_can_be_had(self, files: FileLeases) -> None:
        other, lease = self.process(files), Lease(files, "rollback")
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        holder = taken(lease)
        assert holder is not None
        assert lease.is_alive(holder)
        other.kill()
        other.communicate()
        assert not lease.is_alive(holder)
        assert taken(lease) is None
        assert lease.token == 2

    def test_a_number_that_another_process_has_now_is_not_the_holder(self, files: FileLeases) -> None:
        lease = Lease(files, "rollback")
        taken(lease)
        holder = lease.holder()
        assert holder is not None
        assert not lease.is_alive(replace(holder, started="1"))

    @pytest.mark.usefixtures("hidden_boot")
    def test_where_the_boot_is_hidden_a_process_is_known_by_its_start(self, files: FileLeases) -> None:
        lease = Lease(files, "rollback")
        assert taken(lease) is None
        holder = lease.holder()
        assert holder is not None
        assert holder.is_running
        assert not lease.is_alive(replace(holder, started="1"))

    def test_where_processes_are_hidden_nobody_is_near(
        self, files: FileLeases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hidden_boot: None
    ) -> None:
        monkeypatch.setattr(holder_module, "_PROCESSES", tmp_path / "hidden")
        clock = Steady()
        lease = Lease(files, "rollback", steady=clock)
        assert taken(lease) is None
        holder = lease.holder()
        assert holder is not None
        assert (holder.boot, holder.is_near) == ("", False)
        assert lease.is_alive(holder)
        clock.now += LEASE_SECONDS
        assert not lease.is_alive(holder), "it gives no signs of life"

    def test_another_boot_or_container_is_elsewhere_and_lives_while_it_gives_signs(self, files: FileLeases) -> None:
        clock, ours = Steady(), Lease(files, "rollback")
        taken(ours)
        looks = Lease(Elsewhere(files), "rollback", steady=clock)
        for _ in range(3):
            holder = looks.holder()
            assert holder is not None
            assert looks.is_alive(holder)
            clock.now += LEASE_SECONDS - 1
            ours.confirm()
        holder = looks.holder()
        assert holder is not None
        clock.now += LEASE_SECONDS
        assert not looks.is_alive(holder)
        assert not looks.is_alive(replace(holder, result="passed"))

    def test_signs_of_life_are_given_meanwhile_and_end(
        self, files: FileLeases, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease_module, "BEAT_SECONDS", 0.02)
        lease = Lease(files, "rollback")
        taken(lease)
        with lease.beating():
            end = time.monotonic() + 60
            while beats(files) < 3 and time.monotonic() < end:
                time.sleep(0.01)
        seen = beats(files)
        assert seen >= 3
        time.sleep(0.1)
        assert beats(files) == seen

    def test_who_was_taken_over_gives_no_signs_any_more(
        self, files: FileLeases, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease_module, "BEAT_SECONDS", 0.02)
        lease = Lease(files, "rollback")
        taken(lease)
        kept = files.read("rollback")
        assert kept is not None
        theirs = text_of(replace(read_holder(kept[0]), token=9, owner="theirs"))
        assert files.swap("rollback", kept[1], theirs)
        with lease.beating():
            time.sleep(0.1)
        assert files.read("rollback") == (theirs, (files.read("rollback") or ("", ""))[1])


def beats(files: FileLeases) -> int:
    kept = files.read("rollback")
    assert kept is not None
    return read_holder(kept[0]).beat


class TestFence:
    """Before every step."""

    def test_shortly_after_a_sign_of_life_nothing_is_read(self, files: FileLeases) -> None:
        clock = Steady()
        lease = Lease(files, "rollback", steady=clock)
        taken(lease)
        lease.confirm()
        (files.folder / "rollback.lease").unlink()
        clock.now += SURE_SECONDS - 0.1
        lease.fence()
        clock.now += 0.2
        with pytest.raises(Lost, match="taken over by nobody"):
            lease.fence()

    def test_a_store_that_is_away_stops_no_run(self) -> None:
        lease = Lease(Away(), "rollback")
        lease.fence()
        with pytest.raises(Unreachable):
            lease.confirm()
        with pytest.raises(Unreachable):
            taken(lease)


@pytest.mark.parametrize("text", ["", "{", "{}", '{"pid": 1}', "[]"])
def test_a_lease_that_cannot_be_read_is_somebodys_who_is_dead(files: FileLeases, text: str) -> None:
    assert files.swap("rollback", "", text)
    assert taken(Lease(files, "rollback")) is None


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files = FileLeases(tmp_path / "file" / "watch")
    for attempt in (lambda: files.read("rollback"), lambda: files.swap("rollback", "", "{}")):
        with pytest.raises(Unreachable, match="cannot be read and written: Not a directory"):
            attempt()


class TestCluster:
    """What goes wrong with kubectl, and what others see there."""

    def test_others_see_who_holds_it_in_the_fields_that_everybody_knows(self, tmp_path: Path) -> None:
        need("kubectl")
        with kubernetes_api(tmp_path) as (api, config):
            lease = Lease(KubernetesLeases("", "op-7.production", cluster(config)), "rollback")
            taken(lease)
            spec = api.get("leases", "rollback-gov-op-7.production-rollback")["spec"]
            assert spec["holderIdentity"] == f"{os.uname().nodename}/{os.getpid()}"
            assert (spec["leaseTransitions"], spec["leaseDurationSeconds"]) == (1, int(LEASE_SECONDS))
            lease.settle("passed")
            lease.set_aside()
            assert api.get("leases", "rollback-gov-op-7.production-rollback")["spec"]["holderIdentity"] == ""

    def test_names_that_look_the_same_there_are_apart(self, tmp_path: Path) -> None:
        need("kubectl")
        with kubernetes_api(tmp_path) as (api, config):
            for scope in ("op_7", "Op-7", "op-7", "x" * 300, "x" * 301):
                assert taken(Lease(KubernetesLeases("", scope, cluster(config)), "rollback")) is None
            names = [name for kind, name in api.objects if kind == "leases"]
            assert len(names) == 5
            assert "rollback-gov-op-7-rollback" in names

    def test_a_cluster_that_is_away_is_said(self, tmp_path: Path) -> None:
        need("kubectl")
        (tmp_path / "config").write_text("{}")
        with pytest.raises(Unreachable, match="kubectl could not get the lease: "):
            KubernetesLeases("test", "op-7", cluster(tmp_path / "config")).read("rollback")

    def test_where_there_is_no_such_namespace_nobody_was_faster(self, tmp_path: Path) -> None:
        said = 'Error from server (NotFound): namespaces "test" not found'
        (tmp_path / "kubectl").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
        (tmp_path / "kubectl").chmod(0o755)
        with pytest.raises(Unreachable, match=r"kubectl could not create the lease: .* not found"):
            KubernetesLeases("test", "op-7", {"PATH": str(tmp_path)}).swap("rollback", "", text_of(HOLDER))

    @pytest.mark.parametrize(
        ("script", "message"),
        [
            (None, "kubectl cannot be run: No such file or directory"),
            ("echo nonsense", "gave no lease, but something else"),
            ("echo '[]'", "gave no lease, but something else"),
            ("exit 3", "kubectl could not get the lease: it said nothing"),
        ],
    )
    def test_what_kubectl_may_do_instead(self, tmp_path: Path, script: str | None, message: str) -> None:
        if script is not None:
            (tmp_path / "kubectl").write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / "kubectl").chmod(0o755)
        with pytest.raises(Unreachable, match=message):
            KubernetesLeases("test", "op-7", {"PATH": str(tmp_path)}).read("rollback")


def test_a_document_is_what_it_was(files: FileLeases) -> None:
    lease = Lease(files, "rollback")
    taken(lease, by="ana")
    kept = files.read("rollback")
    assert kept is not None
    assert asdict(read_holder(kept[0])) == json.loads(kept[0])
