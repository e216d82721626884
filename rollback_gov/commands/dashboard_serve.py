"""``dashboard serve``: the dashboard for those who look on, until it is asked to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from rollback_gov.commands.dashboard_guard import guard_of
from rollback_gov.commands.dashboard_http import DashboardServer
from rollback_gov.commands.dashboard_site import Dashboard
from rollback_gov.execution.clock import Clock
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

POLL_SECONDS = 0.1


class Listening(Record):
    """Where the dashboard is served. ``token_env`` names the environment variable that holds the token, if any."""

    incidents: Path
    bind: str
    port: int
    hosts: tuple[str, ...] = ()
    token_env: str = ""

    def address(self, port: int) -> str:
        """Give the address to open."""
        return f"http://{f'[{self.bind}]' if ':' in self.bind else self.bind}:{port}/"


@contextmanager
def serving(
    listening: Listening,
    environ: Mapping[str, str],
    *,
    complain: Callable[[str], None] = print,
) -> Iterator[str]:
    """Serve meanwhile, and give the address; nothing of it is left afterwards.

    Raises UsageError where it may not or cannot listen.
    """
    guard = guard_of(listening.bind, listening.hosts, _token(listening.token_env, environ))
    try:
        site = Dashboard(listening.incidents, environ)
        server = DashboardServer(listening.bind, listening.port, guard, site, complain)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Cannot listen on {listening.bind}, port {listening.port}: {error}.",
            hint="Name another one: --port PORT (0: any that is free).",
        ) from error
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, name="dashboard")
    thread.start()
    try:
        yield listening.address(server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve(
    listening: Listening,
    environ: Mapping[str, str],
    *,
    clock: Clock,
    stop: Stop,
    say: Callable[[str], None],
) -> None:
    """Serve until somebody wants an end, and say where. Raises UsageError where it may not or cannot listen."""
    with serving(listening, environ, complain=say) as address:
        say(f"The dashboard is at {address} until Ctrl-C.")
        while not stop.requested:
            clock.sleep(POLL_SECONDS)
    say("The dashboard has ended.")


def _token(name: str, environ: Mapping[str, str]) -> str | None:
    if not name:
        return None
    if not environ.get(name):
        raise UsageError(
            f"The environment variable {name} is not set; it has to hold the token of the dashboard.",
            hint=f"Set it, such as: export {name}=$(openssl rand -hex 32)",
        )
    return environ[name]
