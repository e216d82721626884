"""What holds for every test: no home directory, no settings of the machine, and missing servers named at the end."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from rollback_gov.execution.proc import Identity, group_members
from rollback_gov.model import boot
from rollback_gov.triggers import holder
from tests.servers import missing
from tests.thoroughness import examples

settings.register_profile(  # a busy machine is no defect
    "unhurried", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parent.parent
INSTALL = "sudo make test-servers"


@pytest.fixture(scope="session", autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing reads or writes the home directory: it is an empty folder, and empty it stays."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name in ("GITHUB_ACTIONS", "GITHUB_ACTOR", "ROLLBACK_GOV_KEY", "ROLLBACK_GOV_PERSON", "NO_COLOR"):
            patch.delenv(name, raising=False)
        yield
    assert list(home.iterdir()) == [], "a test wrote into the home directory"


@pytest.fixture(autouse=True)
def _no_orphans(request: pytest.FixtureRequest) -> Iterator[None]:
    """End what a test's runs have left behind: a step outlives a runner that is killed, and that is its point."""
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    for path in folder.glob("**/.state/**/process") if folder is not None else ():
        with suppress(OSError, ValueError):
            identity = Identity.parse(path.read_text())
            if identity.is_alive or group_members(identity.pid):
                os.killpg(identity.pid, signal.SIGKILL)


@pytest.fixture
def hidden_boot(tmp_path: Path) -> Iterator[None]:
    """Hide the name of this boot, as a sandbox does."""
    caches = boot.boot_id, holder.boot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boot, "_BOOT_ID", tmp_path / "hidden")
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests of properties, so that they can be run at length by themselves."""
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker("property")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that hold something long: the last file of several workers is waited for by all."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was skipped for want of a program, in one line, with the command that installs it."""
    reasons = {str(report.longrepr[2]) for report in terminalreporter.getreports("skipped") if is_missing(report)}
    if reasons:
        names = sorted(reason.removeprefix("Skipped: ").split(" is not installed")[0] for reason in reasons)
        terminalreporter.write_line(f"Skipped for want of {', '.join(names)}; install them with: {INSTALL}")


def is_missing(report: pytest.TestReport) -> bool:
    """Tell whether a test was skipped because a program is missing."""
    return isinstance(report.longrepr, tuple) and " is not installed (" in str(report.longrepr[2])


def need(program: str) -> None:
    """Skip the test where a program is missing; in CI that is a failure."""
    if shutil.which(program) is None:
        missing(program)
