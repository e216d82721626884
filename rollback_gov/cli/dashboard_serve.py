"""``rollback-gov dashboard serve``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rollback_gov.cli.options import incidents_option

PORT = 8765


@click.command("serve", short_help="Serve the rollback that runs, as it goes on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Where to listen; 0: any that is free.",
)
@click.option("--bind", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("--token-env", default="", metavar="NAME", help="Environment variable with the token that readers need.")
@click.option(
    "--host", "hosts", multiple=True, metavar="NAME", help="A name under which it is opened, such as that of a proxy."
)
@incidents_option
def serve(*, port: int, bind: str, token_env: str, hosts: tuple[str, ...], incidents: Path) -> int:
    """Serve a page that shows the rollback that runs, as it goes on, until Ctrl-C or SIGTERM.

    The page shows the phase and step, what is left of the SLA, who is waited for and the command that answers, a lane
    a region, checks, errors and the last events. It reads the journals and changes nothing. Where no rollback runs it
    shows the last one, and the next one as soon as it begins.

    Only this machine can open it: http://127.0.0.1:8765/ (from elsewhere: ssh -L 8765:127.0.0.1:8765 HOST). With
    another --bind, a token is needed: --token-env names the environment variable that holds it, and a browser asks for
    it as a password. It travels as it is, so put TLS in front of it.
    """
    from rollback_gov.commands.dashboard_serve import Listening
    from rollback_gov.commands.dashboard_serve import serve as serve_dashboard
    from rollback_gov.execution.clock import SystemClock
    from rollback_gov.execution.stop import Stop, stop_on_signals

    listening = Listening(incidents=incidents, bind=bind, port=port, hosts=hosts, token_env=token_env)
    with stop_on_signals(Stop()) as stop:
        serve_dashboard(listening, os.environ, clock=SystemClock(), stop=stop, say=click.echo)
    return 0
