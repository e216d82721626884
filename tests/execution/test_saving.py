"""Files that are kept: the baseline before the change, captures at the moment of the rollback."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from rollback_gov.execution.saving import (
    MANIFEST,
    Kept,
    check_baseline,
    digest_of,
    read_manifest,
    save_all,
    write_manifest,
)
from rollback_gov.model.action import Http
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.plan import Saved
from tests.execution.conftest import Hands, Stage
from tests.execution.web import Handler, serve
from tests.servers import free_port

Make = Callable[..., Stage]


@pytest.fixture
def scene(stage: Make) -> Stage:
    return stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")


def keep(scene: Stage, *items: Saved, seconds: float = 60) -> list[Kept]:
    return save_all(scene.context, items, scene.folder / "kept", seconds=seconds)


def item(run: str = "", **more: object) -> Saved:
    return replace(Saved(id="one", run=run, save="one.txt"), **more)  # type: ignore[arg-type]


def test_the_runs_clock_is_looked_at_by_its_own_thread_alone(scene: Stage) -> None:
    """What looks at it writes to the journal, which belongs to one thread."""
    ticked: list[threading.Thread] = []
    context = replace(scene.context, tick=lambda: ticked.append(threading.current_thread()))
    items = [item("sleep 0.5", id=name, save=f"{name}.txt") for name in ("a", "b", "c")]
    assert [one.result for one in save_all(context, items, scene.folder / "kept", seconds=20)] == ["kept"] * 3
    assert set(ticked) == {threading.current_thread()}


def files(scene: Stage) -> dict[str, str]:
    return {path.name: path.read_text() for path in (scene.folder / "kept").iterdir()}


@pytest.mark.parametrize("script", ['printf text > "$SAVE"', "printf text", 'echo shown; printf text > "$SAVE"'])
def test_what_a_script_saves_or_else_prints_is_kept(scene: Stage, script: str) -> None:
    (kept,) = keep(scene, item(script))
    assert files(scene) == {"one.txt": "text"}
    digest = sha256(b"text").hexdigest()
    assert (kept.result, kept.file, kept.sha256, kept.detail) == ("kept", "one.txt", digest, "")


def test_a_large_output_is_kept_whole(scene: Stage) -> None:
    (kept,) = keep(scene, item("head -c 20000000 /dev/zero"))
    assert kept.result == "kept"
    assert (scene.folder / "kept" / "one.txt").stat().st_size == 20_000_000


def test_a_body_is_kept(scene: Stage) -> None:
    with serve() as web:
        web.body = "ä body".encode()
        assert keep(scene, item(http=Http(url=web.url)))[0].result == "kept"
        assert files(scene) == {"one.txt": "ä body"}
        web.status = 500
        (failed,) = keep(scene, item(http=Http(url=web.url)))
        assert (failed.result, failed.detail) == ("failed", "status 500")


def test_a_metric_is_kept(scene: Stage) -> None:
    with serve() as web:
        web.body = b'{"v": 0.250}'
        query = Query(source="http", url=web.url, pointer="/v")
        assert keep(scene, item(query=query))[0].result == "kept"
        assert files(scene) == {"one.txt": "0.25"}
        web.body = b"{}"
        (failed,) = keep(scene, item(query=query))
        assert failed.result == "failed"
        assert "/v" in failed.detail


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        ('echo half > "$SAVE"; echo why >&2; exit 3', "exit code 3: why"),
        ('mkdir "$SAVE"; touch "$SAVE/file"', "what the script left at $SAVE is not a file"),
        ('mkfifo "$SAVE"', "what the script left at $SAVE is not a file"),
        ('ln -s /etc/hostname "$SAVE"', "what the script left at $SAVE is not a file"),
        ('ln -s /nowhere "$SAVE"', "what the script left at $SAVE is not a file"),
        ('rm -rf "$(dirname "$SAVE")"', "one.txt cannot be kept: No such file or directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_fails_and_leaves_nothing(scene: Stage, script: str, detail: str) -> None:
    (failed,) = keep(scene, item(script))
    assert (failed.result, failed.file, failed.sha256, failed.detail) == ("failed", "", "", detail)
    assert not list((scene.folder / "kept").glob("*"))
    assert Path("/etc/hostname").exists()


def test_a_secret_in_the_reason_is_masked(scene: Stage) -> None:
    scene.secrets = ("hunter2",)
    (failed,) = keep(scene, item("echo hunter2 >&2; exit 1"))
    assert failed.detail == "exit code 1: ***"


@pytest.mark.parametrize("script", ['echo "is hunter2" > "$SAVE"', "echo is hunter2"])
def test_what_people_will_read_is_masked_and_what_will_be_restored_is_not(scene: Stage, script: str) -> None:
    scene.secrets = ("hunter2",)
    (kept,) = save_all(scene.context, [item(script)], scene.folder / "kept", seconds=10, masked=True)
    assert files(scene) == {"one.txt": "is ***\n"}
    assert kept.sha256 == sha256(b"is ***\n").hexdigest()
    keep(scene, item(script))
    assert files(scene) == {"one.txt": "is hunter2\n"}


def test_a_script_that_cannot_start_fails(scene: Stage) -> None:
    scene.parameters = {"VALUE": "\0"}
    (failed,) = keep(scene, item("true"))
    assert failed.result == "failed"
    assert "could not be started" in failed.detail


def test_half_a_file_of_a_process_that_was_killed_is_not_taken_for_the_whole(scene: Stage) -> None:
    (scene.folder / "kept").mkdir()
    (scene.folder / "kept" / ".one.txt.part").write_text("half of it, from before")
    assert keep(scene, item("printf whole"))[0].result == "kept"
    assert files(scene) == {"one.txt": "whole"}


def test_the_state_of_a_process_that_was_killed_is_not_in_the_way(scene: Stage) -> None:
    scene.context  # noqa: B018 - makes the incident folder
    (scene.incident / ".state" / f"save-{os.getpid()}-one").mkdir(parents=True)
    assert keep(scene, item("printf whole"))[0].result == "kept"


def test_a_failure_keeps_what_was_kept_before(scene: Stage) -> None:
    keep(scene, item("printf before"))
    keep(scene, item('printf after > "$SAVE"; false'))
    assert files(scene) == {"one.txt": "before"}


def test_each_has_its_timeout_and_all_together_a_budget(scene: Stage) -> None:
    began = time.monotonic()
    slow = item("sleep 60", id="a", timeout=Duration(50))
    late = item("sleep 60", id="b", save="b.txt")
    with serve() as web:
        web.raw = Handler.say_nothing
        silent = item(id="c", save="c.txt", http=Http(url=web.url))
        results = keep(scene, slow, late, silent, seconds=0.3)
    assert [kept.result for kept in results] == ["timeout"] * 3
    assert results[0].seconds < results[1].seconds
    assert time.monotonic() - began < 30, "half of what each of them takes"


def test_nothing_is_begun_after_the_budget_is_spent(scene: Stage) -> None:
    results = keep(scene, *(item("sleep 0.5", id=f"i{n}", save=f"i{n}") for n in range(12)), seconds=0.2)
    assert {kept.result for kept in results} == {"timeout"}


def test_a_request_without_time_left_times_out(scene: Stage) -> None:
    (late,) = keep(scene, item(http=Http(url=f"http://127.0.0.1:{free_port()}")), seconds=-5)
    assert late.result in ("timeout", "failed")


# The manifest


def test_the_manifest_says_what_the_baseline_is(scene: Stage) -> None:
    scene.clock = Hands()
    folder = scene.folder / "kept"
    kept = keep(scene, item("printf text"), item("false", id="bad", save="bad.txt"))
    write_manifest(scene.context, folder, kept)
    at = "2026-01-31T12:00:00.000Z"
    first = {"file": "one.txt", "sha256": sha256(b"text").hexdigest(), "at": at}
    assert read_manifest(folder) == {"one": first}
    write_manifest(scene.context, folder, [Kept(id="two", result="kept", file="two.txt", sha256="0")])
    assert read_manifest(folder) == {"one": first, "two": {"file": "two.txt", "sha256": "0", "at": at}}


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "[" * 100_000])
def test_a_manifest_that_makes_no_sense_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    assert read_manifest(tmp_path) == {}
    assert check_baseline(tmp_path, item("x")) == ("missing", "")


@pytest.mark.parametrize("entry", [None, 5, "text", []])
def test_an_entry_that_makes_no_sense_is_missing(tmp_path: Path, entry: object) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"one": entry}))
    (tmp_path / "one.txt").write_text("text")
    assert check_baseline(tmp_path, item("x")) == ("missing", "")


def test_a_baseline_is_intact_missing_or_damaged(tmp_path: Path) -> None:
    file = tmp_path / "one.txt"
    assert check_baseline(tmp_path, item("x")) == ("missing", "")
    file.write_text("text")
    assert check_baseline(tmp_path, item("x")) == ("missing", ""), "nobody wrote down what it was"
    digest = digest_of(file)
    (tmp_path / MANIFEST).write_text(json.dumps({"one": {"sha256": digest}}))
    assert check_baseline(tmp_path, item("x")) == ("intact", digest)
    file.write_text("other")
    assert check_baseline(tmp_path, item("x"))[0] == "damaged"
    file.unlink()
    assert check_baseline(tmp_path, item("x")) == ("missing", "")
    file.mkdir()
    assert check_baseline(tmp_path, item("x")) == ("missing", "")


def test_a_baseline_that_cannot_be_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "one.txt").symlink_to("/proc/self/mem")
    (tmp_path / MANIFEST).write_text(json.dumps({"one": {"sha256": "x"}}))
    assert check_baseline(tmp_path, item("x")) == ("damaged", "")
