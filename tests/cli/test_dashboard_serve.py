"""``dashboard serve`` as a process: where it listens, what it refuses, how it ends, and what it never says."""

from __future__ import annotations

import signal
from base64 import b64encode
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from rollback_gov.cli.main import run
from tests.dashboard.stage import Stage

TOKEN = "8d0d7a52c1f94e0fa1e4d0f1c2b3a495"


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_asked_to_with_somebody_who_looks_on(tmp_path: Path, wish: signal.Signals) -> None:
    stage = Stage(tmp_path)
    with stage.dashboard() as served, urlopen(f"{served.address}events?run=", timeout=60) as stream:
        assert stream.readline() == b"retry: 1000\n"
        served.process.send_signal(wish)
        assert served.process.wait(timeout=60) == 0
        assert served.process.stdout is not None
        assert served.process.stdout.read() == "The dashboard has ended.\n"


def test_others_need_the_token_and_it_is_never_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.environ["BOARD_TOKEN"] = TOKEN
    with stage.dashboard("--bind", "0.0.0.0", "--token-env", "BOARD_TOKEN") as served:
        address = f"http://127.0.0.1:{served.port}/"
        for authorization in ("", f"Bearer {TOKEN}x", f"Basic {b64encode(f'{TOKEN}:x'.encode()).decode()}"):
            with pytest.raises(HTTPError) as refused:
                urlopen(Request(address, headers={"Authorization": authorization} if authorization else {}), timeout=60)
            assert refused.value.code == 401
            refused.value.close()
        given = f"Basic {b64encode(f'ann:{TOKEN}'.encode()).decode()}"
        with urlopen(Request(address, headers={"Authorization": given}), timeout=60) as answer:
            page = answer.read().decode()
        assert "No rollback has run here yet" in page
        assert TOKEN not in page
        served.process.terminate()
        said, _ = served.process.communicate(timeout=60)
        assert TOKEN not in said
        assert said == "The dashboard has ended.\n"


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        (("--bind", "0.0.0.0"), {}, "Refused to listen on 0.0.0.0 without a token"),
        (("--bind", "::"), {}, "Refused to listen on :: without a token"),
        (("--bind", "board.example.org"), {}, "Refused to listen on board.example.org without a token"),
        (("--token-env", "BOARD_TOKEN"), {}, "The environment variable BOARD_TOKEN is not set"),
        (("--token-env", "BOARD_TOKEN"), {"BOARD_TOKEN": ""}, "The environment variable BOARD_TOKEN is not set"),
        (("--token-env", "BOARD_TOKEN"), {"BOARD_TOKEN": "short"}, "has 5 characters; at least 16 are needed"),
        (
            ("--bind", "203.0.113.7", "--token-env", "BOARD_TOKEN"),
            {"BOARD_TOKEN": TOKEN},
            "Cannot listen on 203.0.113.7",
        ),
        (("--port", "65536"), {}, "65536 is not in the range"),
    ],
)
def test_what_it_refuses(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    environ: dict[str, str],
    said: str,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert run(["dashboard", "serve", "--incidents", str(tmp_path), *words]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert TOKEN not in printed.err
    assert len(printed.err.splitlines()) >= 2


def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(tmp_path)
    with stage.dashboard() as served:
        assert run(["dashboard", "serve", "--incidents", str(tmp_path), "--port", str(served.port)]) == 2
        assert f"Cannot listen on 127.0.0.1, port {served.port}" in capsys.readouterr().err
