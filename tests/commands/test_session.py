"""What every run shares: its folder, its surroundings, and finding it again."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollback_gov.commands.runs import damage_of, find_run, new_run, unfinished_run, whole_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, JournalError
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.load import load_plan
from tests.cli.room import QUICK, Room
from tests.notify.web import serve
from tests.reports.journals import Story

REGIONS = "regions: {order: [eu, us], parameters: {eu: {HOST: eu-1, SIZE: small}}}\n"
PARAMETERS = "parameters: {HOST: {default: nowhere}, SIZE: {default: medium}}\n"


class Noon(SystemClock):
    """A wall clock that stands still; waiting is real."""

    def now(self) -> datetime:
        return datetime(2026, 1, 31, 12, tzinfo=UTC)


def target(root: Path, body: str = QUICK, *, region: str = "", **given: str) -> Target:
    plan = Room(root, body).plan
    return Target(
        loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production", given=given, region=region
    )


def test_a_run_is_named_after_its_operation_its_time_and_its_kind(tmp_path: Path) -> None:
    where = target(tmp_path)
    run, folder = new_run(where, Noon(), "execute")
    assert run == "op-3-20260131-120000-execute"
    assert folder == tmp_path / "incidents" / run
    assert folder.is_dir()


def test_two_runs_of_one_second_never_share_a_folder(tmp_path: Path) -> None:
    where = target(tmp_path)
    runs = [new_run(where, Noon(), "execute")[0] for _ in range(3)]
    stem = "op-3-20260131-120000-execute"
    assert runs == [stem, f"{stem}-2", f"{stem}-3"]


def test_a_thousand_runs_of_one_second_are_enough(tmp_path: Path) -> None:
    where = target(tmp_path)
    _, folder = new_run(where, Noon(), "execute")
    for number in range(2, 1000):
        folder.with_name(f"{folder.name}-{number}").mkdir()
    with pytest.raises(UsageError, match="a thousand runs"):
        new_run(where, Noon(), "execute")


def test_a_place_that_takes_no_folder_is_named(tmp_path: Path) -> None:
    where = target(tmp_path)
    (tmp_path / "incidents").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match=r"Cannot make the folder .*incidents/op-3-"):
        new_run(where, Noon(), "execute")


def test_what_was_given_goes_before_the_regions_values(tmp_path: Path) -> None:
    where = target(tmp_path, REGIONS + PARAMETERS + QUICK, region="eu", SIZE="large")
    assert where.values == {"HOST": "eu-1", "SIZE": "large"}
    assert where.baseline_folder == where.loaded.folder.resolve() / "baseline" / "production" / "eu"


@pytest.mark.parametrize(
    ("body", "region", "message"),
    [
        (REGIONS + PARAMETERS + QUICK, "asia", r"There is no region 'asia' \(it has: eu, us\)"),
        (REGIONS + PARAMETERS + QUICK, "", r"The plan has regions: name one \(it has: eu, us\)"),
        (QUICK, "eu", r"There is no region 'eu' \(it has: none\)"),
    ],
)
def test_each_region_is_rolled_back_by_a_run_of_its_own(body: str, region: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        _ = target(tmp_path, body, region=region).values
    assert "--region NAME" in caught.value.hint


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    """Three runs; the second one was touched last."""
    for number, name in enumerate(("op-3-one", "op-3-two", "op-4-three")):
        folder = Story().start().write(tmp_path / "incidents" / name)
        os.utime(folder / FILE, (1000 + number, 1000 + number))
    os.utime(tmp_path / "incidents" / "op-3-two" / FILE, (2000, 2000))
    return tmp_path / "incidents"


def test_a_run_is_found_by_its_id_its_folder_and_as_the_latest(incidents: Path) -> None:
    assert find_run(incidents, "op-4-three") == incidents / "op-4-three"
    assert find_run(Path("elsewhere"), str(incidents / "op-3-one")) == incidents / "op-3-one"
    assert find_run(incidents, "latest") == incidents / "op-3-two"


def test_a_region_of_the_latest_run_is_found(incidents: Path) -> None:
    region = Story().start().write(incidents / "op-3-two" / "regions" / "eu")
    assert find_run(incidents, "latest.eu") == find_run(incidents, "op-3-two.eu") == region
    assert (whole_run(region), whole_run(incidents / "op-3-two")) == ("op-3-two", "")
    with pytest.raises(UsageError, match=r"There is no run 'op-3-two\.us'"):
        find_run(incidents, "latest.us")


def test_the_latest_that_has_not_ended_is_meant_where_a_run_goes_on(tmp_path: Path) -> None:
    stories = {
        "a-open": Story().start().add("run.interrupted", signal="SIGTERM", open=""),
        "b-dead": Story().start(),
        "c-ended": Story().start().end("passed", 1),
        "d-damaged": Story().start(),
    }
    for age, (name, story) in enumerate(stories.items(), -len(stories)):
        os.utime(story.write(tmp_path / name) / FILE, (age + 1_000_000, age + 1_000_000))
    with (tmp_path / "d-damaged" / FILE).open("ab") as file:
        file.write(b"nonsense\n")
    os.utime(tmp_path / "d-damaged" / FILE, (1_000_000, 1_000_000))
    assert find_run(tmp_path, "latest").name == "d-damaged"
    assert find_run(tmp_path, "latest", unfinished=True).name == "b-dead"
    for name in ("a-open", "b-dead"):
        (tmp_path / name / FILE).unlink()
    assert find_run(tmp_path, "latest", unfinished=True).name == "d-damaged"


@pytest.mark.parametrize(
    ("run", "hint"), [("op-3-tow", "Did you mean: op-3-two"), ("zzz", "op-"), ("", "op-"), ("\0", "op-")]
)
def test_a_run_that_is_not_there_is_answered_with_others(incidents: Path, run: str, hint: str) -> None:
    with pytest.raises(UsageError, match="There is no run") as caught:
        find_run(incidents, run)
    assert hint in caught.value.hint


def test_where_nothing_ever_ran_there_is_no_latest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no run 'latest'") as caught:
        find_run(tmp_path, "latest")
    assert caught.value.hint == "There is no run there at all."


RUN = "op-3-20260131-110000-execute"
OURS = {"operation": "op-3", "environment": "production", "region": ""}


@pytest.mark.parametrize(
    ("story", "found"),
    [
        (Story().start(**OURS).add("step.intent"), RUN),
        (Story().start(**OURS), ""),
        (Story().start(**OURS).end("failed", 1), ""),
        (Story().start(**{**OURS, "environment": "staging"}), ""),
        (Story().start(**{**OURS, "region": "eu"}), ""),
        (Story().start(**{**OURS, "operation": "op-3-b"}), ""),
        (Story().add("rehearsal.version", moment="before", version="v1"), ""),
    ],
)
def test_a_run_of_the_same_kind_that_has_not_ended_is_noticed(story: Story, found: str, tmp_path: Path) -> None:
    where = target(tmp_path)
    assert unfinished_run(where) == ""
    story.write(where.incidents / RUN)
    assert unfinished_run(where) == found


def test_a_journal_that_cannot_be_read_counts_as_not_ended(tmp_path: Path) -> None:
    where = target(tmp_path)
    folder = Story().start(**OURS).end("passed", 1).write(where.incidents / RUN)
    (folder / FILE).write_text("damaged\n", encoding="utf-8")
    assert unfinished_run(where) == RUN


def test_surroundings_are_put_together_and_left_in_order(tmp_path: Path) -> None:
    where = target(tmp_path, "parameters: {TOKEN: {secret: true}}\n" + QUICK)
    run, folder = new_run(where, Noon(), "execute")
    world = World(person="ann", environ={"TOKEN": "hunter2", "API_PASSWORD": "correct-horse"})
    with open_context(where, world, run=run, folder=folder) as (context, journal):
        assert (context.run, context.person, context.environment_name) == (run, "ann", "production")
        assert context.parameters["TOKEN"] == "hunter2"
        assert context.masker.text("hunter2 correct-horse") == "*** ***"
        journal.append("warning", {"message": "hunter2"})
        with pytest.raises(JournalError, match="Another process"), open_context(where, world, run=run, folder=folder):
            raise AssertionError("two at once")
    text = (folder / FILE).read_text(encoding="utf-8")
    assert "hunter2" not in text
    with open_context(where, world, run=run, folder=folder) as (_, journal):
        assert [event.data for event in journal.events] == [{"message": "***"}]


def test_a_metric_of_a_script_is_read_in_the_runs_surroundings(tmp_path: Path) -> None:
    body = (
        "parameters: {SHOP: {default: '7'}}\n"
        "triggers: [{id: errors, query: {source: exec, run: 'echo $SHOP'}, above: 5, for: 1s}]\n" + QUICK
    )
    where = target(tmp_path, body)
    run, folder = new_run(where, Noon(), "execute")
    world = World(person="ann", environ={"PATH": os.environ["PATH"]})
    with open_context(where, world, run=run, folder=folder) as (context, _):
        (trigger,) = context.plan.triggers
        assert str(getattr(context.sources.read(trigger.query, 0.0), "number", "")) == "7"


def test_messages_know_the_run(tmp_path: Path) -> None:
    texts = "'{title}|{environment}|{run}|{from}|{to}|{sla}|{report}'"
    body = f"communication: {{channels: [hook], messages: {{started: {texts}}}}}\n{QUICK}"
    with serve() as web:
        where = target(tmp_path, body)
        settings = tmp_path / ".rollback-gov" / "environments.yaml"
        hook = f"channels: {{hook: {{kind: webhook, url: '{web.url}'}}}}\n"
        settings.write_text(hook + settings.read_text(encoding="utf-8"), encoding="utf-8")
        run, folder = new_run(where, Noon(), "execute")
        with open_context(where, World(person="ann", environ={}), run=run, folder=folder) as (context, _):
            context.notify("started", {"reason": "errors"})
        (posted,) = web.posted
    title, environment, named, back, change, sla, report = posted["text"].split("|")
    assert (title, environment, named) == ("Shop 3", "production", run)
    assert (back, change, sla) == ("shop v2", "shop v3", "1m")
    assert Path(report).parent.name == run


def test_what_helps_where_a_journal_is_damaged_can_be_typed(tmp_path: Path) -> None:
    (tmp_path / "two words").mkdir()
    where = target(tmp_path / "two words")
    folder = where.incidents / RUN
    folder.mkdir(parents=True)
    (folder / FILE).write_text("damaged\n", encoding="utf-8")
    _, look, move, _ = damage_of(where.incidents, RUN)
    assert look.endswith(f"journal verify '{folder}'")
    assert f"mv '{folder / FILE}' '{folder / FILE}.damaged', then" in move


def test_what_helps_where_a_journal_is_damaged(tmp_path: Path) -> None:
    where = target(tmp_path)
    folder = Story().start(**OURS).add("step.intent").write(where.incidents / RUN)
    assert damage_of(where.incidents, RUN) == ()
    assert damage_of(where.incidents, "a-run-on-another-machine") == ()
    (folder / FILE).write_text("damaged\n", encoding="utf-8")
    what, *ways = damage_of(where.incidents, RUN)
    assert f"{folder / FILE}:1: the line is not an event." in what
    assert f"rollback-gov journal verify {folder}" in ways[0]
    assert f"mv {folder / FILE} {folder / FILE}.damaged, then rollback-gov resume {RUN} --from-mirror" in ways[1]
    assert "begin anew" in ways[2]
