"""The way back of Genesis in a repository of its own, with the metrics and the channels that its plan names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.plans_example.genesis_host import GenesisHost, prometheus
from tests.plans_example.json_server import Request, json_server
from tests.plans_example.plan_runner import PlanRunner
from tests.plans_example.rollback import Rollback, rollback

QUICKER = {
    "at_most: 0}}\n        until: {every: 2s, within: 30s": "at_most: 0}}\n        until: {every: 100ms, within: 300ms",
    "at_most: 10}}\n        until: {every: 2s, within: 30s": "at_most: 10}}\n        until: {every: 100ms, within: 5s",
    "hold: 4s": "hold: 100ms",
}
CHANNELS = ("slack-incident", "pagerduty")


class Channel:
    """Takes messages and remembers them."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/channel":
            self.texts.append(str(request.body))
            return 200, {}
        return prometheus(request)


@contextmanager
def way_back_of(host: GenesisHost, channel: Channel, folder: Path) -> Iterator[Rollback]:
    """Copy the plan to a folder, for this host."""
    with json_server(channel.answer) as address:
        yield rollback(
            "genesis",
            folder,
            environment={
                "endpoints": {"genesis": host.url, "prometheus": address},
                "sources": {
                    "prometheus": {"kind": "prometheus", "url": address},
                    "alertmanager": {"kind": "alertmanager", "url": address},
                },
            },
            channels={name: {"kind": "webhook", "url": f"{address}/channel"} for name in CHANNELS},
            environ=host.environ,
            parameters={**host.parameters, "PROMETHEUS_URL": address},
            edits=QUICKER,
        )


def release_with_baseline(way_back: Rollback, scripts: PlanRunner) -> None:
    """Keep the baseline by the tool, and deploy the release."""
    kept = way_back.call("capture")
    assert kept.returncode == 0, kept.stdout
    done = scripts.script("scripts/deploy-release.sh")
    assert done.passed, done.stderr
