"""``rollback-gov triggers explain`` and ``replay`` from the outside."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.cli.main import run
from rollback_gov.cli.triggers_commands import TriggersCommands
from rollback_gov.triggers.line import FIRST, digest_of
from rollback_gov.triggers.log import DecisionLog
from tests.cli.room import Room
from tests.cli.test_completion import complete
from tests.cli.test_watch import Repository, lines, repository

__all__ = ["repository"]


def test_what_is_explained_is_what_the_watch_explains(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(repository.command("--explain")) == 0
    watched = lines(capsys)[1:]
    assert run(["triggers", "explain", str(repository.plan)]) == 0
    assert lines(capsys) == watched
    assert watched[0].startswith("  errors: fires when http at api/errors is above 0.01 for 200ms")


def test_a_count_is_a_sentence_that_leaves_nothing_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    body = "triggers: [{id: health, query: {source: health, url: http://h/}, below: 1, count: 4, every: 5s}]\n"
    plan.write_text(HEAD + body)
    assert run(["triggers", "explain", str(plan), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (trigger,) = document["triggers"]
    assert "at the 4th failing reading in a row" in trigger["sentence"]
    assert (trigger["trigger"], trigger["threshold"], trigger["duration"]) == ("health", "below 1", "4 in a row")
    assert document["bands"] == [{"action": "rollback", "sentence": "any trigger that fires: rollback"}]


def test_every_stands_for_the_interval(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triggers", "explain", str(repository.plan), "--every", "7s"]) == 0
    assert "read every 7s" in lines(capsys)[0]


HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Orders 2.0, owner: orders, level: 2}
phases: [{id: undo, budget: 1m, steps: [{id: undo, run: "true", timeout: 10s}]}]
"""


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (HEAD, 2, "has no triggers"),
        ("apiVersion: rollback-gov/v1\n", 1, "cannot be used as a plan"),
        (None, 2, "No such file"),
    ],
)
def test_what_has_no_triggers_cannot_be_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: int, said: str
) -> None:
    plan = tmp_path / "plan.yaml"
    if text is not None:
        plan.write_text(text)
    assert run(["triggers", "explain", str(plan)]) == code
    assert said in capsys.readouterr().err


@pytest.fixture
def watched(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Repository:
    """A watch that decided on a rollback, and only told it."""
    repository.web.text("/errors", "0.05")
    assert run(repository.command("--mode", "observe", "--for", "20s")) == 1
    capsys.readouterr()
    return repository


def log_of(repository: Repository) -> Path:
    return repository.root / "incidents" / "watch-op-7-staging" / "decision.jsonl"


def test_a_log_gives_the_same_decision_byte_for_byte(watched: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(watched)
    head = digest_of(log.read_bytes().splitlines()[-1])
    for named in (log, log.parent):
        assert run(["triggers", "replay", str(named)]) == 0
        said = lines(capsys)
        assert said[0] == f"SAME     {log}"
        assert any("rollback (errors: 0.05 is above 0.01 for 200ms)" in line for line in said)
        assert said[-1] == f"  head {head}"
    assert run(["triggers", "replay", str(log), "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["logs"]
    assert (document["result"], document["line"], document["head"]) == ("same", 0, head)
    assert document["decisions"][0]["action"] == "rollback"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda texts: [texts[0], texts[1].replace("0.05", "0.50"), *texts[2:]], "Line 3 of the decision log does not"),
        (lambda texts: [texts[0], *texts[2:]], "Line 2 of the decision log does not"),
        (lambda texts: [*texts[:2], "{}", *texts[2:]], "Line 3 of the decision log cannot be read"),
        (lambda texts: [*texts[:2], texts[1], *texts[2:]], "Line 3 of the decision log does not"),
    ],
)
def test_a_log_that_was_edited_is_refused_with_its_line(
    watched: Repository, capsys: pytest.CaptureFixture[str], edit: object, said: str
) -> None:
    log = log_of(watched)
    log.write_text("\n".join(edit(log.read_text().splitlines())) + "\n")  # type: ignore[operator]
    assert run(["triggers", "replay", str(log)]) == 1
    printed = lines(capsys)
    assert printed[0] == f"REFUSED  {log}"
    assert said in printed[1]


def test_other_triggers_decide_otherwise_and_the_line_is_named(
    watched: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    watched.plan.write_text(watched.plan.read_text().replace("above: 1%", "above: 10%"))
    assert run(["triggers", "replay", str(log_of(watched))]) == 1
    said = lines(capsys)
    assert said[0].startswith("DIFFERS  ")
    assert "  line 2 is not what these triggers give:" in said
    assert any('/verdict: "breach" in the log, "ok" by these triggers' in line for line in said)
    assert any("have changed since" in line for line in said)


def test_a_log_in_parts_is_one_and_says_where_it_begins(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DecisionLog, "is_full", property(lambda _log: True))  # after every tick
    assert run(repository.command("--for", "450ms")) == 0
    log = log_of(repository)
    count = sum(part.read_text().count("\n") for part in log.parent.glob("decision*.jsonl"))
    capsys.readouterr()
    assert run(["triggers", "replay", str(log.parent)]) == 0
    said = lines(capsys)
    assert said[0] == f"SAME     {log}"
    assert said[1].startswith(f"  {count} lines, ")
    assert not any("begins with" in line for line in said)
    log.unlink()
    assert run(["triggers", "replay", str(log.parent)]) == 0
    said = lines(capsys)
    assert said[0] == f"SAME     {log.with_name('decision.2.jsonl')}"
    assert "  begins with line 3: the parts before it are not there" in said
    second = log.with_name("decision.2.jsonl")
    second.write_text("".join(second.read_text().splitlines(keepends=True)[1:]))
    assert run(["triggers", "replay", str(log.parent), "--plan", str(repository.plan)]) == 1
    assert "  Line 4 is the first of the decision log, and no part begins with it." in lines(capsys)


def test_a_torn_end_is_said_and_changes_nothing(watched: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(watched)
    log.write_bytes(log.read_bytes() + b'{"torn')
    assert run(["triggers", "replay", str(log)]) == 0
    assert any(line.startswith("  6 bytes after the last line") for line in lines(capsys))


def test_a_log_without_a_plan_says_how_to_name_it(
    watched: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    watched.plan.rename(elsewhere)
    assert run(["triggers", "replay", str(log_of(watched))]) == 2
    assert "There is no plan of operation 'op-7'" in capsys.readouterr().err
    assert run(["triggers", "replay", str(log_of(watched)), "--plan", str(elsewhere)]) == 0
    assert run(["triggers", "replay", str(tmp_path / "rollback")]) == 2
    assert "There is no decision log" in capsys.readouterr().err
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert run(["triggers", "replay", str(empty)]) == 2
    assert "names no operation" in capsys.readouterr().err


def test_a_plan_that_has_moved_is_found_by_its_operation(
    watched: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = watched.root / "rollback" / "moved" / "plan.yaml"
    moved.parent.mkdir()
    watched.plan.rename(moved)
    assert run(["triggers", "replay", str(log_of(watched))]) == 0
    assert f"plan {moved}" in capsys.readouterr().out


def test_the_commands_are_completed_and_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = Room(tmp_path)
    assert complete(room, "triggers", "") == list(TriggersCommands.members)
    assert complete(room, "triggers", "re") == ["replay"]
    assert run(["triggers", "--help"]) == 0
    told = capsys.readouterr().out
    for name in TriggersCommands.members:
        assert re.search(rf"^\s+{name} ", told, re.MULTILINE), name
        assert run(["triggers", name, "--help"]) == 0
        assert "--json" in capsys.readouterr().out
    assert run(["triggers", "nonsense"]) == 2


def test_a_plan_steers_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    body = 'triggers: [{id: a, query: {source: prometheus, expr: "x\\e[2J##[group]"}, above: 1, for: 1m}]\n'
    plan.write_text(HEAD + body)
    for name in ("explain", "prove", "export"):
        run(["triggers", name, str(plan)])
        out, err = capsys.readouterr()
        assert "\x1b" not in out + err
        assert "##[" not in out + err


def chained(lines: list[dict[str, Any]]) -> str:
    """Write lines with a chain that holds, as whoever edits a log with care would."""
    previous, texts = FIRST, []
    for line in lines:
        texts.append(json.dumps({**line, "previous": previous}, sort_keys=True, separators=(",", ":")))
        previous = digest_of(texts[-1].encode())
    return "\n".join(texts) + "\n"


def test_a_log_that_was_edited_and_chained_anew_still_does_not_follow_from_its_readings(
    watched: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_of(watched)
    lines_of_log = [json.loads(text) for text in log.read_text().splitlines()]
    assert chained(lines_of_log) == log.read_text()
    lines_of_log[1]["data"]["triggers"]["errors"]["readings"]["value"]["value"] = "0"
    log.write_text(chained(lines_of_log))
    assert run(["triggers", "replay", str(log)]) == 1
    said = lines(capsys)
    assert "  line 2 is not what these triggers give:" in said
    assert any(line.startswith("  The triggers are those that were watched") for line in said)


def test_a_log_of_before_does_not_say_whose_fault_it_is(
    watched: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_of(watched)
    lines_of_log = [json.loads(text) for text in log.read_text().splitlines()]
    del lines_of_log[0]["data"]["rules"]
    log.write_text(chained(lines_of_log))
    assert run(["triggers", "replay", str(log)]) == 0
    watched.plan.write_text(watched.plan.read_text().replace("above: 1%", "above: 10%"))
    capsys.readouterr()
    assert run(["triggers", "replay", str(log)]) == 1
    assert not any("watched" in line for line in lines(capsys))


def test_what_is_no_log_is_refused(watched: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(watched)
    log.write_text("[]\n")
    assert run(["triggers", "replay", str(log), "--plan", str(watched.plan)]) == 1
    assert "Line 1 of the decision log cannot be read." in capsys.readouterr().out
    folder = log.with_name("decision-2.jsonl")
    folder.mkdir()
    assert run(["triggers", "replay", str(folder.parent)]) == 2
