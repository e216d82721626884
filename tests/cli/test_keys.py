"""``keys generate``: a key, and its entry in trust.yaml."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from rollback_gov.commands.workspace import Workspace
from rollback_gov.records.keys import load_private_key, public_text


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    monkeypatch.chdir(tmp_path)


def generate(*more: str) -> int:
    return run(["keys", "generate", "--out", "keys/ada.pem", "--id", "ada", *more])


def test_the_help_says_what_a_key_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "generate", "--help"]) == 0
    said = capsys.readouterr().out
    for word in ("rehearsal-runner", "permit-issuer", "approver", "never overwritten", "--add-to-trust"):
        assert word in said


def test_the_entry_is_printed_as_trust_yaml_wants_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate("--role", "approver", "--person", "Ada", "--email", "a@x.org", "--email", "b@x.org") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Add this to .rollback-gov/trust.yaml under `keys`:"
    entry = json.loads(lines[2].removeprefix("  - "))
    assert entry["emails"] == ["a@x.org", "b@x.org"]
    Path(".rollback-gov/trust.yaml").write_text("\n".join(["keys:", lines[2]]))
    (key,) = Workspace.around(Path.cwd()).trust.keys
    private = load_private_key(Path("keys/ada.pem"))
    assert private is not None
    assert (key.person, key.public_key) == ("Ada", public_text(private))


def test_comments_in_trust_yaml_survive() -> None:
    trust = Path(".rollback-gov/trust.yaml")
    assert generate("--role", "permit-issuer", "--add-to-trust") == 0
    trust.write_text("# who may sign what\n" + trust.read_text() + "    # the key of CI\n")
    assert run(["keys", "generate", "--out", "b.pem", "--id", "b", "--role", "auditor", "--add-to-trust"]) == 0
    text = trust.read_text()
    assert "# who may sign what" in text
    assert "# the key of CI" in text
    assert [key.id for key in Workspace.around(Path.cwd()).trust.keys] == ["ada", "b"]


def test_an_empty_trust_yaml_is_filled() -> None:
    trust = Path(".rollback-gov/trust.yaml")
    trust.write_text("keys: []\n")
    assert generate("--role", "auditor", "--add-to-trust") == 0
    assert [key.id for key in Workspace.around(Path.cwd()).trust.keys] == ["ada"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--role", "approver"], "An approver is a person: --person NAME."),
        (["--role", "approver", "--person", "  "], "An approver is a person: --person NAME."),
        (["--role", "king"], "'king' is not one of"),
        ([], "Missing option '--role'"),
        (["--role", "auditor", "--id", "Ada Lovelace"], "'Ada Lovelace' is not an id"),
    ],
)
def test_wrong_usage_makes_no_key(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(*arguments) == 2
    assert message in capsys.readouterr().err
    assert not Path("keys").exists()


def test_an_id_is_given_once_and_a_file_is_never_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate("--role", "auditor", "--add-to-trust") == 0
    assert generate("--role", "auditor", "--add-to-trust") == 2
    assert "trust.yaml has a key 'ada' already." in capsys.readouterr().err
    assert generate("--role", "auditor") == 2
    assert "exists already; a key is never overwritten" in capsys.readouterr().err


# show


def test_show_lists_who_may_sign_what_today(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "show"]) == 0
    assert "trust.yaml lists no key" in capsys.readouterr().out
    generate("--role", "approver", "--person", "Ada", "--add-to-trust")
    for name, limit in (("old", "not_after: 2020-01-01"), ("young", "not_before: 2999-01-01")):
        run(["keys", "generate", "--out", f"{name}.pem", "--id", name, "--role", "auditor", "--add-to-trust"])
        trust = Path(".rollback-gov/trust.yaml")
        trust.write_text(trust.read_text().replace(f"id: {name}", f"id: {name}\n    {limit}"))
    capsys.readouterr()
    assert run(["keys", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ada", "old", "young"]
    assert "approver" in lines[0]
    assert " valid  " in lines[0]
    assert "expired" in lines[1]
    assert "… to 2020-01-01" in lines[1]
    assert "not valid yet" in lines[2]
    assert run(["keys", "show", "--json"]) == 0
    assert [key["state"] for key in json.loads(capsys.readouterr().out)] == ["valid", "expired", "not valid yet"]


def test_show_gives_the_public_half_and_its_entry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate("--role", "approver", "--person", "Ada", "--add-to-trust")
    run(["keys", "generate", "--out", "b.pem", "--id", "b", "--role", "auditor"])
    capsys.readouterr()
    (entry,) = Workspace.around(Path.cwd()).trust.keys
    assert run(["keys", "show", "--key", "keys/ada.pem"]) == 0
    assert capsys.readouterr().out.splitlines() == [entry.public_key, "ada, approver of Ada: valid"]
    assert run(["keys", "show", "--key", "b.pem"]) == 1
    assert capsys.readouterr().out.splitlines()[1] == "not in trust.yaml"
    assert run(["keys", "show", "--key", "b.pem", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["entry"] is None
    assert run(["keys", "show", "--key", "-"]) == 2
    monkeypatch.setenv("ROLLBACK_GOV_KEY", Path("keys/ada.pem").read_text())
    assert run(["keys", "show", "--key", "-"]) == 0


def test_a_login_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--out", "b.pem", "--id", "b", "--role", "approver", "--person", "B", "--github", "b@example.org")
    assert run(["keys", "generate", *arguments]) == 2
    assert "'b@example.org' is not a login" in capsys.readouterr().err
    assert not Path("b.pem").exists()


# rotate


def test_a_new_key_takes_the_place_of_an_old_one(capsys: pytest.CaptureFixture[str]) -> None:
    generate("--role", "approver", "--person", "Ada", "--email", "a@x.org", "--github", "ada-l", "--add-to-trust")
    trust = Path(".rollback-gov/trust.yaml")
    trust.write_text("# ours\n" + trust.read_text())
    assert run(["keys", "rotate", "ada", "--id", "ada2", "--out", "ada2.pem", "--overlap", "3"]) == 0
    today = datetime.now(UTC).date()
    last = (today + timedelta(days=3)).isoformat()
    assert f"'ada' until the end of {last}" in capsys.readouterr().out
    old, new = Workspace.around(Path.cwd()).trust.keys
    assert (old.not_after, new.not_before, new.not_after) == (last, today.isoformat(), "")
    assert (new.id, new.role, new.person, new.emails) == ("ada2", "approver", "Ada", ("a@x.org",))
    assert new.github == "ada-l", "what Ada reviews is Ada's, also when the old entry is gone"
    assert trust.read_text().startswith("# ours\n")
    assert run(["keys", "rotate", "ada", "--id", "ada3", "--out", "ada3.pem", "--overlap", "30"]) == 0
    assert Workspace.around(Path.cwd()).trust.keys[0].not_after == last, "a key's end is never put off"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grace", "--id", "g2", "--out", "g2.pem"], "trust.yaml has no key 'grace' (it has: ada)."),
        (["ada", "--id", "ada", "--out", "g2.pem"], "has a key 'ada' already"),
        (["ada", "--id", "A B", "--out", "g2.pem"], "'A B' is not an id"),
        (["ada", "--id", "ada2", "--out", "keys/ada.pem"], "exists already; a key is never overwritten"),
    ],
)
def test_a_rotation_that_cannot_be_changes_nothing(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    generate("--role", "auditor", "--add-to-trust")
    before = Path(".rollback-gov/trust.yaml").read_text()
    assert run(["keys", "rotate", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert Path(".rollback-gov/trust.yaml").read_text() == before


def test_whose_word_counts_is_an_entry_of_the_audit_log(capsys: pytest.CaptureFixture[str]) -> None:
    generate("--role", "approver", "--person", "Ada", "--add-to-trust")
    run(["keys", "generate", "--out", "b.pem", "--id", "b", "--role", "auditor"])
    run(["keys", "rotate", "ada", "--id", "ada-2", "--out", "ada-2.pem"])
    run(["audit", "sync"])
    capsys.readouterr()

    run(["audit", "export", "--format", "json"])
    first, second = json.loads(capsys.readouterr().out)
    old, new = Workspace.around(Path.cwd()).trust.keys
    who = {"role": "approver", "person": "Ada"}
    assert (first["event"], first["data"]) == ("key.trusted", {"key": "ada", "public_key": old.public_key} | who)
    replaced = {"key": "ada-2", "public_key": new.public_key, "replaces": "ada", "until": old.not_after} | who
    assert (second["event"], second["data"]) == ("key.trusted", replaced)
