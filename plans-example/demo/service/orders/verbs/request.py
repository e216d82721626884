"""Verbs that ask the running service."""

from __future__ import annotations

from argparse import Namespace

from orders.client import Client
from orders.environment import Environment
from orders.faults import HIGH_ERROR_RATE, TYPES
from orders.pid_file import PidFile
from orders.smoke import smoke as place_and_read

from .group import Group


def live_version(environment: Environment, _: Namespace) -> None:
    print(Client(environment.port).expect("GET", "/version").strip())


def active_requests(environment: Environment, _: Namespace) -> None:
    print(Client(environment.port).active())


def smoke(environment: Environment, _: Namespace) -> None:
    print(f"order {place_and_read(Client(environment.port))} was written and read back")


def inject_failure(environment: Environment, options: Namespace) -> None:
    Client(environment.port).expect("POST", "/admin/fault", {"type": options.type, "rate": options.rate})
    print(f"{options.type} is injected")


def stop_injection(environment: Environment, _: Namespace) -> None:
    # Without a service there is nothing to end: an injected failure ends with its process.
    if PidFile(environment.pid_file).holder() is not None:
        Client(environment.port).expect("POST", "/admin/fault", {"type": None})
    print("no failure is injected")


GROUP = Group()
GROUP.add(live_version)
GROUP.add(active_requests)
GROUP.add(smoke)
_injection = GROUP.add(inject_failure)
_injection.add_argument("--type", choices=TYPES, default=HIGH_ERROR_RATE)
_injection.add_argument("--rate", type=float, default=0.6, help="share of requests for orders that fail (0.6)")
GROUP.add(stop_injection)
