"""What `init` writes: every kind at every level, with its gaps, and once they are filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.cli.main import run
from rollback_gov.commands.init import Start, Wanted, next_operation, prepare, write
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.plans.load import load_plan, load_text
from rollback_gov.plans.scaffold import fillings, kinds
from rollback_gov.plans.source import Source
from rollback_gov.policy.texts import machine_texts
from rollback_gov.policy.unfilled import unfilled
from tests.conftest import ROOT
from tests.thoroughness import examples

LEVELS = (2, 3, 4)
EVERY = [(kind, level) for kind in kinds() for level in LEVELS]
IDS = [f"{kind}-{level}" for kind, level in EVERY]
KINDS = {
    *("kubernetes", "docker-compose", "docker-swarm", "terraform", "database-migration"),
    *("feature-flag", "n8n-workflow", "canary", "static-site", "generic"),
}


def begin(root: Path, kind: str, level: int = 2, **more: str) -> Start:
    wanted = {"operation": "op-7", "title": "Shop 2.1", "owner": "shop team", **more}
    return prepare(Workspace(root), Wanted(kind=kind, level=level, **wanted))


def fill(text: str, values: Mapping[str, str], *, but: str = "") -> str:
    """Put the examples into the gaps, but for one; the longest word first, because one may begin like another."""
    head, body = text.split("\napiVersion", 1)
    for word in sorted((word for word in values if word.startswith("YOUR") and word != but), key=len, reverse=True):
        body = re.sub(rf"{word}(?![A-Z_-]*[A-Z])", values[word].replace("\\", r"\\"), body)
    return f"{head}\napiVersion{body}"


def environments(start: Start, values: Mapping[str, str]) -> str:
    own = {name: values[name] for name in start.parameters}
    return json.dumps({"environments": {"production": {"class": "production", "parameters": own}}})


def gov(root: Path, *words: str) -> int:
    with chdir(root):
        return run(words)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_there_is_a_template_for_each_kind() -> None:
    assert set(kinds()) == KINDS


@pytest.mark.parametrize(("kind", "level"), EVERY, ids=IDS)
def test_a_draft_has_gaps_and_nothing_else(
    repository: Path, kind: str, level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    start = write(begin(repository, kind, level))
    values = fillings(kind)
    assert start.gaps
    assert {gap.word for gap in start.gaps} <= set(values)
    assert all(gap.example == values[gap.word] for gap in start.gaps)

    assert gov(repository, "validate", start.plan, "--output", "json") == 1
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    found = {(finding["code"], finding["line"]) for finding in plan["findings"] if finding["severity"] == "error"}
    assert {code for code, _ in found} == {"RG010"}
    assert {gap.line for gap in start.gaps} <= {line for _, line in found}
    lines = (repository / start.plan).read_text(encoding="utf-8").splitlines()
    assert all(gap.word in lines[gap.line - 1] for gap in start.gaps)


@pytest.mark.parametrize(("kind", "level"), EVERY, ids=IDS)
def test_a_draft_is_not_executed(repository: Path, kind: str, level: int, capsys: pytest.CaptureFixture[str]) -> None:
    start = write(begin(repository, kind, level))
    assert gov(repository, "execute", start.plan, "-e", "production", "--reason", "errors", "--yes") == 1
    err = capsys.readouterr().err
    assert "The rollback was not started: the plan has" in err
    assert all(f"{start.plan}:{gap.line}:" in err for gap in start.gaps)
    assert not (repository / "incidents").exists()


@pytest.mark.parametrize(("kind", "level"), EVERY, ids=IDS)
def test_each_single_gap_is_found_at_its_line(repository: Path, kind: str, level: int) -> None:
    start = begin(repository, kind, level)
    for gap in start.gaps:
        text = fill(start.files[0].text, fillings(kind), but=gap.word)
        loaded = load_text(repository / start.plan, Source("plan.yaml", text))
        found = list(unfilled(machine_texts(loaded.require().records)))
        assert {each.word for each in found} == {gap.word}
        lines = {loaded.locate(each.path, *each.span).line for each in found}
        assert gap.line in lines


@pytest.mark.parametrize(("kind", "level"), EVERY, ids=IDS)
def test_once_filled_in_it_meets_its_level_and_can_be_run(
    repository: Path, kind: str, level: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start, values = write(begin(repository, kind, level)), fillings(kind)
    plan = repository / start.plan
    plan.write_text(fill(plan.read_text(encoding="utf-8"), values), encoding="utf-8")

    assert gov(repository, "validate", "--output", "json") == 0
    (result,) = json.loads(capsys.readouterr().out)["plans"]
    assert (result["required_level"], result["achieved_level"]) == (level, level)
    assert {finding["code"] for finding in result["findings"]} == {"RG401"}

    (repository / ".rollback-gov" / "environments.yaml").write_text(environments(start, values), encoding="utf-8")
    for secret in start.secrets:
        monkeypatch.setenv(secret, values[secret])
    for scenario in ("", *(scenario.id for scenario in load_plan(plan).require().scenarios)):
        chosen = ["--scenario", scenario] if scenario else []
        assert gov(repository, "execute", start.plan, "-e", "production", "--dry-run", *chosen) == 0
        assert "DRY RUN of op-7 (Shop 2.1) in production" in capsys.readouterr().out


def test_every_filling_stands_in_a_gap_or_a_parameter(repository: Path) -> None:
    for kind in kinds():
        starts = [begin(repository, kind, each) for each in LEVELS]
        words = {gap.word for start in starts for gap in start.gaps}
        named = {name for start in starts for name in (*start.parameters, *start.secrets)}
        own = set(fillings(kind)) - set(fillings("_plan"))
        assert own - words - named == set(), kind


def test_the_files_around_it_are_valid_and_say_what_the_level_asks_for(repository: Path) -> None:
    write(begin(repository, "kubernetes", 3))
    workspace = Workspace(repository)
    assert workspace.policy.rules == ()
    classes = {name: place.class_ for name, place in workspace.environments.environments.items()}
    assert classes == {name: name for name in ("staging", "production-like", "production")}
    text = (repository / ".rollback-gov" / "environments.yaml").read_text(encoding="utf-8")
    assert text.count("    #   KUBE_CONTEXT: …\n") == 3
    assert "prometheus" in text


def test_comments_of_the_files_around_it_are_valid_when_they_are_taken(repository: Path) -> None:
    start = write(begin(repository, "kubernetes", 3))
    for name in ("policy", "environments"):
        path = repository / ".rollback-gov" / f"{name}.yaml"
        kept = path.read_text(encoding="utf-8").replace("…", "here")
        taken = re.sub(r"^( *)# (?= *[a-z0-9A-Z_]+:)", r"\1", kept, flags=re.MULTILINE)
        assert taken != kept
        path.write_text(re.sub(r"^( *)#   ", r"\1  ", taken, flags=re.MULTILINE), encoding="utf-8")
    workspace = Workspace(repository)
    assert workspace.policy.floors is not None
    assert set(workspace.environments.environments["staging"].parameters or {}) == set(start.parameters)
    assert "prometheus" in (workspace.environments.environments["production"].sources or {})
    assert "incidents" in (workspace.environments.channels or {})


def test_the_workflow_is_the_one_that_the_page_shows(repository: Path) -> None:
    write(begin(repository, "generic"))
    workflow = (repository / ".github" / "workflows" / "rollback-plans.yml").read_text(encoding="utf-8")
    assert f"```yaml\n{workflow}```\n" in (ROOT / "docs" / "github.md").read_text(encoding="utf-8")


def test_nothing_is_overwritten(repository: Path) -> None:
    first = write(begin(repository, "generic"))
    for file in first.files:
        (repository / file.path).write_text("{}\n", encoding="utf-8")
    again = write(begin(repository, "kubernetes", 4))
    assert [file.kept for file in again.files] == [file.path for file in first.files]
    assert {(repository / file.path).read_text(encoding="utf-8") for file in first.files} == {"{}\n"}


@pytest.mark.parametrize("name", ["plan.md", "plan.yml"])
def test_a_plan_in_another_form_is_a_plan(repository: Path, name: str) -> None:
    folder = repository / "rollback" / "op-7"
    folder.mkdir(parents=True)
    (folder / name).write_text("mine\n", encoding="utf-8")
    start = write(begin(repository, "generic"))
    assert start.files[0].kept == f"rollback/op-7/{name}"
    assert [path.name for path in folder.iterdir()] == [name]


def test_what_appears_meanwhile_stays(repository: Path) -> None:
    start = begin(repository, "generic")
    plan = repository / start.plan
    plan.parent.mkdir(parents=True)
    plan.write_text("mine\n", encoding="utf-8")
    assert write(start).files[0].kept == start.plan
    assert plan.read_text(encoding="utf-8") == "mine\n"


def test_a_link_that_leads_nowhere_is_not_followed(repository: Path) -> None:
    (repository / ".rollback-gov").mkdir()
    link = repository / ".rollback-gov" / "policy.yaml"
    start = begin(repository, "generic")
    link.symlink_to(repository / "elsewhere")
    assert write(start).files[1].kept == ".rollback-gov/policy.yaml"
    assert not (repository / "elsewhere").exists()
    with pytest.raises(UsageError, match=r"policy\.yaml is a link that leads nowhere"):
        begin(repository, "generic")


def test_a_folder_that_cannot_be_made_is_said(repository: Path) -> None:
    (repository / "rollback").write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError, match=r"Cannot write '.*plan\.yaml'"):
        write(begin(repository, "generic"))


def test_the_policy_of_the_organisation_counts(repository: Path) -> None:
    (repository / ".rollback-gov").mkdir()
    policy = "levels: {2: {sla: 9m}}\nfloors: {services: {payments: 3}}\n"
    (repository / ".rollback-gov" / "policy.yaml").write_text(policy, encoding="utf-8")
    assert "\nsla: 9m\n" in begin(repository, "generic", service="shop").files[0].text
    with pytest.raises(UsageError, match="demands level 3 for service 'payments'"):
        begin(repository, "generic", service="payments")
    assert begin(repository, "generic", 3, service="payments").gaps


def test_the_least_level_can_be_had_too(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = write(begin(repository, "generic", 1))
    plan = repository / start.plan
    plan.write_text(fill(plan.read_text(encoding="utf-8"), fillings("generic")), encoding="utf-8")
    assert gov(repository, "validate") == 0
    assert list(Workspace(repository).environments.environments) == ["staging", "production"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "op 7", "op-7\n", "-x", "x" * 65])
def test_what_cannot_be_an_operation_is_refused(repository: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of an operation"):
        begin(repository, "generic", operation=name)


@pytest.mark.parametrize("name", ["a/b", 'x"}', "$(id)", "{{ 7 }}", "shop\n", "-x"])
def test_what_cannot_be_a_service_is_refused(repository: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a service"):
        begin(repository, "generic", service=name)


TYPED = st.text(max_size=30) | st.sampled_from(
    [
        "{{ 7 * 7 }}",
        "{% for x in y %}",
        "# no",
        "a: b",
        "[x]",
        "'",
        '"',
        "|",
        "&a",
        "*a",
        "!!python/name:os",
        "\x00",
        "~",
    ]
)


@settings(max_examples=examples(90))
@given(title=TYPED, owner=TYPED, kind=st.sampled_from(kinds()))
def test_what_is_typed_is_data(title: str, owner: str, kind: str) -> None:
    start = begin(Path("/proc/nowhere"), kind, 4, title=title, owner=owner)
    plan = load_text(Path("/proc/nowhere/plan.yaml"), Source("plan.yaml", start.files[0].text)).require()
    assert (plan.metadata.title, plan.metadata.owner) == (title, owner)
    assert plan.rehearsal is not None
    assert plan.rehearsal.participants == (owner, "stakeholders")


def test_text_that_is_none_is_refused(repository: Path) -> None:
    with pytest.raises(Refused):
        begin(repository, "generic", title="\udc80")


def test_the_next_operation_is_the_first_that_is_free(repository: Path) -> None:
    assert next_operation(repository) == "op-1"
    for name in ("op-1", "op-3", "op-x"):
        (repository / "rollback" / name).mkdir(parents=True)
    assert next_operation(repository) == "op-2"
