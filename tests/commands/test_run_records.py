from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.commands.report import write_all
from rollback_gov.commands.run_records import accepted_actions, read_runs
from rollback_gov.execution.journal import FILE
from tests.reports.golden_runs import RUNS, write_golden
from tests.reports.journals import Story, passed, regional


def stored(tmp_path: Path, story: Story, name: str = "op-7-1") -> Path:
    """A run with its documents."""
    folder = story.write(tmp_path / name)
    write_all(folder)
    return folder


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_every_run_the_oldest_first_with_its_regions(tmp_path: Path) -> None:
    for name in RUNS:
        write_golden(name, tmp_path)
    runs = read_runs(tmp_path)
    assert runs.unreadable == ()
    decided = [str(run.facts.times.decided.value) for run in runs.found]  # type: ignore[union-attr]
    assert (len(decided), decided) == (len(RUNS), sorted(decided))
    several = next(run for run in runs.found if run.facts.regions)
    assert {region.facts.identity.region for region in several.regions} == {"america", "asia", "europe"}
    assert {region.folder.parent for region in several.regions} == {tmp_path / "regional" / "regions"}


def test_the_same_without_any_record(tmp_path: Path) -> None:
    for name in RUNS:
        write_golden(name, tmp_path)
    quick = read_runs(tmp_path)
    for record in tmp_path.rglob("incident.json"):
        record.unlink()
    assert read_runs(tmp_path) == quick


def test_a_record_that_was_written_at_the_end_is_believed(tmp_path: Path) -> None:
    record = stored(tmp_path, passed()) / "incident.json"
    edit(record, title="from the record")
    (run,) = read_runs(tmp_path).found
    assert run.facts.identity.title == "from the record"


@pytest.mark.parametrize("story", [passed().wait(60).end("failed", 900), Story().start().verify(3)])
def test_one_that_was_written_before_is_not(tmp_path: Path, story: Story) -> None:
    folder = stored(tmp_path, passed())
    edit(folder / "incident.json", title="from the record")
    story.write(folder)
    (run,) = read_runs(tmp_path).found
    assert run.facts.identity.title == "API v2.1 with a new login"


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', "[" * 100_000, '{"version": NaN}', "\ud800"])
def test_what_is_no_record_is_passed_over(tmp_path: Path, text: str) -> None:
    folder = passed().write(tmp_path / "op-7-1")
    (folder / "incident.json").write_text(text, errors="surrogatepass")
    (run,) = read_runs(tmp_path).found
    assert run.facts.standing.outcome == "passed"


def test_a_number_that_is_none_makes_no_record(tmp_path: Path) -> None:
    folder = stored(tmp_path, passed())
    text = (folder / "incident.json").read_text()
    (folder / "incident.json").write_text(text.replace('"value": 840', '"value": NaN'))
    (run,) = read_runs(tmp_path).found
    assert getattr(run.facts.sla.duration, "value").number == 840  # noqa: B009


def test_a_record_counts_alone(tmp_path: Path) -> None:
    folder = stored(tmp_path, passed())
    (folder / FILE).unlink()
    (run,) = read_runs(tmp_path).found
    assert run.facts.standing.outcome == "passed"


def test_a_changed_journal_is_named_though_its_record_is_whole(tmp_path: Path) -> None:
    folder = stored(tmp_path, passed())
    journal = folder / FILE
    journal.write_bytes(journal.read_bytes().replace(b'"seconds":182', b'"seconds":18', 1))
    runs = read_runs(tmp_path)
    assert runs.found == ()
    assert [item.folder for item in runs.unreadable] == [folder]
    assert "the chain is broken" in runs.unreadable[0].reason


def test_what_cannot_be_read_is_named_and_the_rest_counts(tmp_path: Path) -> None:
    stored(tmp_path, passed())
    (tmp_path / "a" / FILE).mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "incident.json").write_text("{}")
    Story().add("run.started", run="c").write(tmp_path / "c")
    several = stored(tmp_path, regional(), "d")
    passed().write(several / "regions" / "europe")
    (several / "regions" / "europe" / FILE).write_bytes(b"nothing\n")
    runs = read_runs(tmp_path)
    assert [run.folder.name for run in runs.found] == ["d", "op-7-1"]
    assert {item.folder.name: item.reason.partition(": ")[2] for item in runs.unreadable} == {
        "a": "it cannot be read: Is a directory.",
        "b": "",
        "c": "an event does not say what its type promises ('level').",
        "europe": "the line is not an event.",
    }


@pytest.mark.parametrize("seconds", ["long", None, float("nan"), float("inf"), [1]])
def test_a_journal_that_says_nonsense_is_named(tmp_path: Path, seconds: object) -> None:
    Story().start().verify(seconds).end("passed", 1).write(tmp_path / "op-7-1")  # type: ignore[arg-type]
    runs = read_runs(tmp_path)
    assert runs.found == ()
    assert "an event does not say what its type promises" in runs.unreadable[0].reason


def test_what_never_started_is_no_run(tmp_path: Path) -> None:
    Story().add("rehearsal.version", moment="before", version="1", detail="").write(tmp_path / "op-7-1")
    assert read_runs(tmp_path) == read_runs(tmp_path / "nothing")


FOLLOW_UP = """<!-- write: follow-up -->
- [ ] Enlarge the pool (@ann, 2026-02-10)
- [x] Restart (@ben, 2026-02-01)
- [ ] Root cause analysis completed (owner, due date)
<!-- end -->
"""
TABLE = """<!-- write: actions -->
| # | Action | Owner | Due date | Status |
|---|---|---|---|---|
| 1 | Alert on the pool | ben | | open |
<!-- end -->
"""


def test_actions_that_people_accepted_are_given_once(tmp_path: Path) -> None:
    folder = stored(tmp_path, passed())
    assert accepted_actions(read_runs(tmp_path).found[0]) == ()
    (folder / "incident_report.md").write_text(FOLLOW_UP)
    (folder / "post_mortem.md").write_text(FOLLOW_UP + TABLE)
    found = accepted_actions(read_runs(tmp_path).found[0])
    assert [(action.text, action.owner, action.due, action.file.name) for action in found] == [
        ("Enlarge the pool (@ann, 2026-02-10)", "@ann", "2026-02-10", "incident_report.md"),
        ("Alert on the pool", "ben", "", "post_mortem.md"),
    ]


def test_so_are_those_of_a_region(tmp_path: Path) -> None:
    folder = write_golden("regional", tmp_path)
    (folder / "regions" / "asia" / "incident_report.md").write_text(FOLLOW_UP)
    (action,) = accepted_actions(read_runs(tmp_path).found[0])
    assert (action.run, action.file.parent.name) == (read_runs(tmp_path).found[0].facts.identity.run, "asia")
