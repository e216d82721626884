"""Verbs about the service's process."""

from __future__ import annotations

from argparse import Namespace

from orders import process, releases, schema
from orders.environment import Environment

from .group import Group


def serve(environment: Environment, options: Namespace) -> None:
    # Only the service itself pays for the HTTP server.
    from orders.server import serve as serve_until_stopped

    serve_until_stopped(environment, releases.find(options.version))


def deploy(environment: Environment, options: Namespace) -> None:
    release = releases.find(options.version)
    release.check(environment.database)  # before anything is stopped: a version that cannot run costs no outage
    process.stop(environment)
    process.start(environment, release, within=options.within)
    print(f"version {release.version} is healthy on port {environment.port}")
    if options.finish_migration:
        schema.finish_migration(environment.database)
        print(f"schema {schema.CONTRACT}, the point of no return is passed")


def stop(environment: Environment, _: Namespace) -> None:
    print("stopped" if process.stop(environment) else "no service ran")


def tear_down(environment: Environment, _: Namespace) -> None:
    process.stop(environment)
    left = environment.delete()
    print(f"{environment.folder} keeps {', '.join(left)}" if left else f"{environment.folder} is gone")


GROUP = Group()
GROUP.add(serve).add_argument("version", metavar="VERSION")
_deploy = GROUP.add(deploy)
_deploy.add_argument("version", metavar="VERSION")
_deploy.add_argument("--finish-migration", action="store_true", help="go on to schema 3, the point of no return")
_deploy.add_argument("--within", type=float, default=process.START_SECONDS, help="seconds to get healthy in (5)")
GROUP.add(stop)
GROUP.add(tear_down)
