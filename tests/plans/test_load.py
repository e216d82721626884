from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.environment import Environments
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.finding import Severity
from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import LoadedPlan, load_plan, load_record, load_text
from rollback_gov.plans.source import Source

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 2}
change: {services: [payment-service], from: {payment: v3.1.8}, to: {payment: v3.2.0}}
point_of_no_return: {none: stateless service}
phases:
  - id: undo
    budget: 3m
    steps:
      - {id: undo, kubernetes: {rollout_undo: deployment/payment-service, namespace: production}, timeout: 2m}
verification:
  checks: [{id: health, http: {url: "http://payment/health"}, expect: {status: 200}}]
  manual: [No error spikes on the dashboard]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def findings(loaded: LoadedPlan) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.place)) for finding in loaded.findings]


def test_a_whole_plan_of_level_two(tmp_path: Path) -> None:
    loaded = load_plan(write(tmp_path, PLAN), name="plan.yaml")
    assert loaded.findings == ()
    plan = loaded.require()
    assert plan.metadata.operation == "op-7"
    assert plan.phases[0].budget == Duration(180_000)
    assert plan.phases[0].steps[0].action == "kubernetes"
    assert (loaded.source.name, loaded.source.text) == ("plan.yaml", PLAN)
    assert loaded.folder == tmp_path
    assert str(loaded.source_map.place(("phases", 0, "budget"))) == "plan.yaml:8:13"


def test_without_a_name_the_path_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "phases: 1\n")
    assert load_plan(path).findings[0].place.file == str(path)


def test_text_that_is_in_memory_is_read_like_a_file(tmp_path: Path) -> None:
    loaded = load_text(tmp_path / "plan.yaml", Source("standard input", PLAN))
    assert loaded.require() == load_plan(write(tmp_path, PLAN)).require()


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    loaded = load_plan(tmp_path / "plan.yaml", name="plan.yaml")
    assert findings(loaded) == [("RG001", "plan.yaml:1:1")]
    assert (loaded.plan, loaded.files, loaded.source.text) == (None, {}, "")
    assert str(loaded.source_map.place(("phases",))) == "plan.yaml:1:1"


def test_a_pipe_in_place_of_a_plan_is_a_finding_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.yaml")
    assert findings(load_plan(tmp_path / "plan.yaml", name="p")) == [("RG001", "p:1:1")]


def test_bad_yaml_is_one_finding_at_its_place(tmp_path: Path) -> None:
    loaded = load_plan(write(tmp_path, PLAN + "phases: []\n"), name="plan.yaml")
    assert findings(loaded) == [("RG003", "plan.yaml:14:1")]
    assert loaded.findings[0].severity is Severity.ERROR
    assert loaded.source.text == PLAN + "phases: []\n"
    assert loaded.plan is None


def test_violations_of_the_schema_stand_in_the_order_of_the_document(tmp_path: Path) -> None:
    broken = PLAN.replace("level: 2", "levle: 2").replace("3m", "3 minutes").replace("status: 200", "status: 900")
    loaded = load_plan(write(tmp_path, broken), name="plan.yaml")
    assert findings(loaded) == [
        ("RG006", "plan.yaml:3:11"),
        ("RG004", "plan.yaml:3:74"),
        ("RG005", "plan.yaml:8:13"),
        ("RG005", "plan.yaml:12:80"),
    ]


def test_references_are_checked_once_the_schema_is_satisfied(tmp_path: Path) -> None:
    text = PLAN + "watch_after: [{name: after, for: 5m, every: 1m, checks: [helth]}]\n"
    loaded = load_plan(write(tmp_path, text), name="plan.yaml")
    assert findings(loaded) == [("RG008", "plan.yaml:14:58")]
    assert loaded.findings[0].message == "There is no check 'helth'."
    assert loaded.findings[0].hint == "Did you mean 'health'?"
    assert loaded.findings[0].operation == "op-7"
    assert loaded.plan is None


def test_a_value_that_no_schema_can_exclude_has_its_place_too(tmp_path: Path) -> None:
    loaded = load_plan(write(tmp_path, PLAN.replace("timeout: 2m", "timeout: 9999d")), name="plan.yaml")
    assert findings(loaded) == [("RG005", "plan.yaml:10:108")]
    assert loaded.findings[0].message == "'9999d' is longer than ten years."


def test_files_that_steps_use_have_their_digests(tmp_path: Path) -> None:
    (tmp_path / "undo.sh").write_text("true\n", encoding="utf-8")
    loaded = load_plan(write(tmp_path, PLAN + "uses: [undo.sh]\n"))
    assert loaded.findings == ()
    assert loaded.files == {"undo.sh": sha256(b"true\n").hexdigest()}


def test_files_that_cannot_be_used_are_findings_each_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "undo.sh").write_text("true\n", encoding="utf-8")
    uses = "uses: [undo.sh, missing.sh, /etc/passwd, ../../etc/passwd]\n"
    loaded = load_plan(write(tmp_path, PLAN + uses), name="plan.yaml")
    assert findings(loaded) == [
        ("RG009", "plan.yaml:14:17"),
        ("RG009", "plan.yaml:14:29"),
        ("RG009", "plan.yaml:14:42"),
    ]
    assert [finding.message.split(": ")[1] for finding in loaded.findings] == [
        "No such file or directory.",
        "its path is absolute.",
        f"it lies outside of the repository {tmp_path.name}.",
    ]
    assert loaded.plan is None


def test_a_plan_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "nosuch.yaml", "No such file or directory"), (tmp_path, "It is a folder")):
        loaded = load_plan(path, name="plan.yaml")
        with pytest.raises(UsageError, match=rf"^plan.yaml: Cannot read the file: {reason}\.$"):
            loaded.require()


def test_a_broken_plan_is_refused_with_every_reason(tmp_path: Path) -> None:
    loaded = load_plan(write(tmp_path, PLAN.replace("level: 2", "level: 5").replace("3m", "soon")), name="plan.yaml")
    with pytest.raises(Refused, match=r"^plan.yaml cannot be used as a plan\.$") as error:
        loaded.require()
    assert error.value.reasons == (
        "plan.yaml:3:81: 'level' must be at most 4.",
        "plan.yaml:8:13: 'soon' is not a duration.",
    )
    assert error.value.hint == "See `rollback-gov validate plan.yaml`."


# Other files of the tool


def record(folder: Path, text: str) -> Path:
    return write(folder, dedent(text))


def test_another_file_becomes_its_record(tmp_path: Path) -> None:
    path = record(
        tmp_path,
        """\
        environments:
          staging:
            class: staging
            sources: {prometheus: {kind: prometheus, url: "http://p", timeout: 3s}}
            contacts: [{role: DBA, reach: on-call, when: {while: failed, after: 10m}}]
        """,
    )
    environments: Environments = load_record(path, "environments-v1", Environments)
    staging = environments.environments["staging"]
    assert staging.class_ == "staging"
    assert staging.sources is not None
    assert staging.sources["prometheus"].timeout == Duration(3_000)
    assert staging.contacts[0].when is not None
    assert staging.contacts[0].when.while_ == "failed"


def test_another_file_that_is_no_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    path = record(tmp_path, "levels: {3: {sla: 5m}, 3: {sla: 6m}}\n")
    with pytest.raises(Refused) as error:
        load_record(path, "policy-v1", Policy)
    assert str(error.value) == f"{path}:1:24: The key '3' stands twice; the first is on line 1."
    assert error.value.hint == "Keep one of them."


def test_another_file_that_breaks_its_schema_is_refused_with_every_reason(tmp_path: Path) -> None:
    path = record(
        tmp_path,
        """\
        levels: {5: {sla: 5m}}
        evidense: error
        """,
    )
    with pytest.raises(Refused, match="is not valid") as error:
        load_record(path, "policy-v1", Policy)
    assert error.value.reasons == (
        f"{path}:1:10: 'levels' cannot have the key '5'. Possible: 1, 2, 3, 4.",
        f"{path}:2:1: Unknown key 'evidense' at the top level. Did you mean 'evidence'?",
    )


def test_another_file_with_a_value_that_no_schema_can_exclude_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path, "levels: {3: {sla: 9999d}}\n")
    with pytest.raises(Refused) as error:
        load_record(path, "policy-v1", Policy)
    assert error.value.reasons == (f"{path}:1:19: '9999d' is longer than ten years.",)
