"""Where the lease of a rollback is kept: beside the watch, in a database, or in a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_sources import folder_of
from rollback_gov.commands.world import World, leases_of
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.triggers.lease import Leases, Unreachable
from rollback_gov.triggers.lease_files import FileLeases

KUBERNETES = "kubernetes"


@contextmanager
def open_leases(target: Target, world: World) -> Iterator[Leases]:
    """Open the leases of an operation in an environment. Raises UsageError for an address that is none."""
    address, scope = leases_of(world), scope_of(target)
    with ExitStack() as stack:
        if not address:
            yield FileLeases(folder_of(target))
        elif address.startswith(("postgresql://", "postgres://")):
            from rollback_gov.execution.postgres.connection import password_of

            world.masker.add(password_of(address))
            yield stack.enter_context(closing(DatabaseLeases(address, scope)))
        elif address.split(":")[0] == KUBERNETES:
            from rollback_gov.triggers.lease_kubernetes import KubernetesLeases

            yield KubernetesLeases(address.partition(":")[2], scope, _own(world.environ))
        else:
            raise UsageError(
                f"'{address.split(':')[0]}' is no place for leases.",
                hint="Say postgresql://… or kubernetes:NAMESPACE; without one they lie beside the watch.",
            )


def scope_of(target: Target) -> str:
    """Give what all names of an operation's leases in an environment begin with."""
    parts = (target.loaded.require().metadata.operation, target.environment, target.region)
    return ".".join(part for part in parts if part)


class DatabaseLeases:
    """Leases in PostgreSQL. A database that stays away makes them unreachable."""

    look_seconds = 5.0

    def __init__(self, database: str, scope: str) -> None:
        from rollback_gov.execution.postgres.documents import Documents

        self._documents = Documents(database, scope)

    def read(self, name: str) -> tuple[str, str] | None:
        """Give a document and its version."""
        try:
            return self._documents.read(name)
        except RollbackGovError as error:
            raise Unreachable(str(error), hint=error.hint) from error

    def swap(self, name: str, version: str, text: str) -> bool:
        """Exchange a document."""
        try:
            return self._documents.swap(name, version, text)
        except RollbackGovError as error:
            raise Unreachable(str(error), hint=error.hint) from error

    def close(self) -> None:
        """End the session."""
        self._documents.close()


def _own(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("ROLLBACK_GOV_")}
