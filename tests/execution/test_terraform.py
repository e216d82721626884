"""terraform's argument vectors."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.execution.terraform import TerraformCommands


def test_each_command(tmp_path: Path) -> None:
    commands, plan = TerraformCommands(), tmp_path / "a plan"
    assert commands.init(["bucket=b", "key=a b"]) == (
        "terraform", "init", "-no-color", "-input=false", "-reconfigure", "-backend-config=bucket=b",
        "-backend-config=key=a b"
    )  # fmt: skip
    assert commands.select_workspace("eu") == ("terraform", "workspace", "select", "-no-color", "eu")
    assert commands.plan(out=plan, targets=["a.b"], var_files=["x.tfvars"], lock_seconds=9) == (
        "terraform", "plan", "-no-color", "-input=false", "-detailed-exitcode", "-lock-timeout=9s",
        f"-out={plan}", "-target=a.b", "-var-file=x.tfvars"
    )  # fmt: skip
    assert commands.plan(out=None, targets=(), var_files=(), lock_seconds=0)[-1] == "-lock-timeout=0s"
    assert commands.show(plan) == ("terraform", "show", "-no-color", str(plan))
    assert commands.apply(plan, lock_seconds=3) == (
        "terraform", "apply", "-no-color", "-input=false", "-lock-timeout=3s", str(plan)
    )  # fmt: skip
