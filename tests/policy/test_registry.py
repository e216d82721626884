"""Rules are found by being there."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rollback_gov.policy import registry
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Rule

ROOT = Path(__file__).resolve().parent.parent.parent


def test_codes_are_in_order_and_well_formed() -> None:
    assert list(rules()) == sorted(rules())
    assert all(re.fullmatch(r"RG\d{3}", code) for code in rules())


def test_only_what_is_not_about_one_plan_has_no_judgement() -> None:
    loader, governance = [*(f"RG00{n}" for n in range(1, 10)), "RG011"], ["RG501", *(f"RG50{n}" for n in range(3, 10))]

    assert [code for code, rule in rules().items() if rule.judge is None] == [*loader, *governance]


def test_every_code_that_the_loader_writes_has_a_page() -> None:
    sources = (ROOT / "rollback_gov" / "plans").glob("*.py")
    written = {code for path in sources for code in re.findall(r"\bRG\d{3}\b", path.read_text(encoding="utf-8"))}

    assert written <= set(rules())


def test_two_rules_of_one_code_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from rollback_gov.policy.rules import review

    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "again.py").write_text("from rollback_gov.policy.rules.review import overdue\n")
    (folder / "review.py").write_text("from rollback_gov.policy.rules.review import overdue\n")
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    import more  # type: ignore[import-not-found]

    monkeypatch.setattr(registry, "package", more)

    with pytest.raises(ValueError, match=r"Two rules share a code: \['RG170'\]"):
        rules.__wrapped__()
    assert isinstance(review.overdue, Rule)


def test_an_installed_wheel_knows_the_same_rules(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    installed = tmp_path / "installed"
    zipfile.ZipFile(next(tmp_path.glob("*.whl"))).extractall(installed)
    program = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "from rollback_gov.policy import registry\n"
        f"assert registry.__file__.startswith({str(installed)!r})\n"
        "print(*registry.rules())"
    )

    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)

    assert result.stdout.split() == list(rules())
