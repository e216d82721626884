"""``keys generate``: a key, and its entry in trust.yaml."""

from __future__ import annotations

import json
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
