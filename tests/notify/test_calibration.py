"""Our Slack and PagerDuty documents have the shape of those that a real Alertmanager sends."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify import pagerduty, slack
from tests.notify.messages import message
from tests.notify.services import ROUTING_KEY, problems
from tests.notify.web import Web, serve
from tests.servers import free_port, missing

ALERT = [{"labels": {"alertname": "ErrorRate", "severity": "critical"}, "annotations": {"summary": "2.5 %"}}]
CONFIG = """\
route: {{receiver: both, group_wait: 0s, group_interval: 1s}}
receivers:
  - name: both
    slack_configs:
      - api_url: {url}/slack
        channel: "#incidents"
        fields: [{{title: Reason, value: errors, short: true}}]
    pagerduty_configs: [{{url: "{url}/pagerduty", routing_key: ROUTING_KEY}}]
""".replace("ROUTING_KEY", ROUTING_KEY)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What Alertmanager sends for one alert: path -> document."""
    program = shutil.which("prometheus-alertmanager") or missing("prometheus-alertmanager")
    folder, port = tmp_path_factory.mktemp("alertmanager"), free_port()
    with serve() as web, (folder / "log").open("w", encoding="utf-8") as log:
        (folder / "config.yml").write_text(CONFIG.format(url=web.url), encoding="utf-8")
        arguments = [f"--config.file={folder}/config.yml", f"--storage.path={folder}/data", "--cluster.listen-address="]
        process = subprocess.Popen(
            [program, *arguments, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log
        )
        try:
            _post(f"http://127.0.0.1:{port}/api/v2/alerts", ALERT)
            yield _received(web, {"/slack", "/pagerduty"}, folder)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _post(url: str, document: Any) -> None:
    request = Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    limit = time.monotonic() + 60
    while True:
        try:
            with urlopen(request, timeout=30):
                return
        except OSError:
            assert time.monotonic() < limit
            time.sleep(0.05)


def _received(web: Web, paths: set[str], folder: Path) -> dict[str, Any]:
    limit = time.monotonic() + 60
    while set(web.paths) != paths:
        assert time.monotonic() < limit, (folder / "log").read_text(encoding="utf-8")
        time.sleep(0.02)
    return dict(zip(web.paths, web.posted, strict=True))


def shape(value: Any) -> Any:
    """The keys and types of a document, without its values."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


@pytest.mark.parametrize(("path", "schema"), [("/pagerduty", "pagerduty-event"), ("/slack", "slack")])
def test_what_they_send_is_what_our_services_on_loopback_take(theirs: dict[str, Any], path: str, schema: str) -> None:
    assert problems(schema, theirs[path]) == []


def test_a_pagerduty_event_has_their_keys_and_types(theirs: dict[str, Any]) -> None:
    with serve(202) as web:
        channel = Channel(kind="pagerduty", url=web.url, routing_key_env="KEY")
        pagerduty.send(channel, {"KEY": ROUTING_KEY}, message(facts={}), timeout=30)
    ours, known = shape(web.posted[0]), shape(theirs["/pagerduty"])
    assert ours["payload"].pop("custom_details") == {"run": "str"}
    assert isinstance(known["payload"].pop("custom_details"), dict)
    assert ours["payload"].items() <= known["payload"].items()
    assert {key: ours[key] for key in ("routing_key", "event_action", "dedup_key")}.items() <= known.items()
    assert web.posted[0]["event_action"] == theirs["/pagerduty"]["event_action"] == "trigger"


def test_a_slack_message_has_their_keys_and_types(theirs: dict[str, Any]) -> None:
    with serve() as web:
        slack.send(Channel(kind="slack", url=web.url), {}, message(), timeout=30)
    (ours,), (known,) = shape(web.posted[0])["attachments"], shape(theirs["/slack"])["attachments"]
    assert ours.items() <= known.items()
    assert web.posted[0]["attachments"][0]["color"] == theirs["/slack"]["attachments"][0]["color"] == "danger"
