from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.model.boot import boot_id


def test_the_kernel_names_this_boot() -> None:
    assert boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text().strip() != ""


@pytest.mark.usefixtures("hidden_boot")
def test_a_boot_that_a_sandbox_hides_has_no_name() -> None:
    assert boot_id() == ""
