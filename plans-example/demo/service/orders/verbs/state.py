"""Verbs about what the environment's folder holds: the database, and the draining flag."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from orders import archive, digest, schema
from orders.drain import set_draining
from orders.environment import Environment
from orders.errors import DemoError
from orders.pid_file import PidFile

from .group import Group


def drain(environment: Environment, options: Namespace) -> None:
    set_draining(environment.draining, enabled=options.switch == "on")
    print(f"draining is {options.switch}")


def schema_version(environment: Environment, _: Namespace) -> None:
    print(schema.level_of(environment.database))


def migrate_down(environment: Environment, _: Namespace) -> None:
    _require_stopped(environment)
    undone = schema.migrate_down(environment.database)
    print("schema 1, every order kept" if undone else "schema 1 already")


def finish_migration(environment: Environment, _: Namespace) -> None:
    applied = schema.finish_migration(environment.database)
    print("schema 3, the point of no return is passed" if applied else "schema 3 already")


def backup(environment: Environment, options: Namespace) -> None:
    orders, level = archive.backup(environment.database, options.file)
    print(f"{orders} orders of schema {level} are saved in {options.file}")


def restore(environment: Environment, options: Namespace) -> None:
    _require_stopped(environment)
    replaced = archive.restore(options.file, environment.database)
    orders, level = archive.inspect(environment.database)
    aside = f"; what it replaced lies in {replaced}" if replaced else ""
    print(f"{orders} orders of schema {level} are in place{aside}")


def count_orders(environment: Environment, _: Namespace) -> None:
    print(digest.count(environment.database))


def checksum_orders(environment: Environment, options: Namespace) -> None:
    print(digest.checksum(environment.database, up_to=options.up_to, split_names=options.split_names))


def _require_stopped(environment: Environment) -> None:
    if PidFile(environment.pid_file).holder() is not None:
        raise DemoError("The service has to be stopped for this: run scripts/stop.sh first.")


GROUP = Group()
GROUP.add(drain).add_argument("switch", choices=("on", "off"))
GROUP.add(schema_version)
GROUP.add(migrate_down)
GROUP.add(finish_migration)
GROUP.add(count_orders)
GROUP.add(backup).add_argument("file", metavar="FILE", type=Path)
GROUP.add(restore).add_argument("file", metavar="FILE", type=Path)
_checksum = GROUP.add(checksum_orders)
_checksum.add_argument("up_to", metavar="LAST_ID", type=int, nargs="?", help="only orders up to this id")
_checksum.add_argument("--split-names", action="store_true", help="a digest that also holds on schema 3")
