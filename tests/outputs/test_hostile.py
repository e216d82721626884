"""Titles, names and messages that try to be more than text, in every format, from a real plan."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rollback_gov.cli.main import run
from tests.policy.subjects import SMALL

TITLES = [
    "%0A::error::pwned",
    "a\n::error::pwned",
    "a\r::warning::pwned",
    "::stop-commands::pwned",
    "::add-mask::pwned",
    "##[error]pwned",
    "🙂 漢字 e\u0301 👨\u200d👩\u200d👧",
    "\u202eesrever\u202c \u2066x\u2069 \u200f",
    "<script>alert(1)</script><img src=x onerror=y>",
    "@octocat closes #1",
    "\x1b[31mred\x1b]0;title\x07",
    "]]>&lt;!--",
]
COMMANDS = ("::error ", "::warning ", "::notice ", "::group::", "::endgroup::")


@pytest.fixture(params=TITLES)
def plan(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every text of this plan is hostile, and some of them reach messages."""
    title = json.dumps(request.param, ensure_ascii=False)
    text = SMALL.replace("Payments 3.2", title).replace("id: undo, run", f"id: undo, {title}: 1, run")
    text = text.replace("budget: 3m", f"budget: {title}").replace("manual: [", f"manual: [{title}, ")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "plan.yaml"


@pytest.mark.parametrize("name", ["text", "github", "markdown", "json", "sarif", "junit"])
def test_no_line_is_a_command_and_no_character_steers(
    plan: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["validate", "plan.yaml", "-o", name]) == 1

    out = capsys.readouterr().out
    assert "RG004" in out
    assert "##[" not in out
    for line in out.split("\n"):
        assert line.isprintable(), line
        if line.lstrip().startswith("::"):
            assert name == "github"
            assert line.startswith(COMMANDS)
            assert "::" not in line[2:].partition("::")[0]
    if name in ("json", "sarif"):
        json.loads(out)
    if name == "junit":
        ElementTree.fromstring(out)


def test_a_per_cent_sign_stays_one(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["validate", "plan.yaml", "-o", "github"])

    assert "%0A" not in capsys.readouterr().out
