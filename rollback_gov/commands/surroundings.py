"""A run's surroundings without its journal: values, sources, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.console import SafeConsole
from rollback_gov.execution.context import Context
from rollback_gov.execution.masking import secret_values
from rollback_gov.execution.task import Recorder
from rollback_gov.plans import parameters

if TYPE_CHECKING:
    from rollback_gov.commands.messages import Notify
    from rollback_gov.sources.book import SourceBook


def values_of(target: Target, world: World) -> dict[str, str]:
    """Give the plan's parameters their values, and learn the secrets. Raises UsageError for missing or wrong ones."""
    plan, environment = target.loaded.require(), target.workspace.environment(target.environment)
    values = {} if target.is_regional else parameters.resolve(plan, environment, world.environ, target.values)
    world.masker.add(*parameters.secrets(plan, values), *secret_values(world.environ))
    return values


@contextmanager
def open_surroundings(
    target: Target,
    world: World,
    values: Mapping[str, str],
    *,
    run: str,
    folder: Path,
    record: Recorder,
    told: tuple[str, ...] = (),
) -> Iterator[Context]:
    """Put together a run's surroundings without its journal; ``record`` is told what became of messages.

    ``told`` are channels that an earlier process of the run has escalated to.
    """
    plan, masker = target.loaded.require(), world.masker
    with ExitStack() as stack:
        opened: list[Context] = []
        book = stack.enter_context(_book(target, world, values, lambda: opened[0]))
        known = _fields(target, run, folder)
        notify = stack.enter_context(_messages(target, world, known, record, told))
        context = Context(
            plan=plan,
            run=run,
            environment_name=target.environment,
            environment=target.workspace.environment(target.environment),
            parameters=values,
            environ=world.environ,
            plan_folder=target.loaded.folder.resolve(),
            folder=folder.resolve(),
            baseline_folder=target.baseline_folder,
            clock=world.clock,
            masker=masker,
            console=SafeConsole(world.console, masker.text),
            stop=world.stop,
            sources=book,
            person=world.person,
            patience=world.patience,
            leisure=world.leisure,
            notify=notify,
        )
        opened.append(context)
        yield context


def _book(target: Target, world: World, values: Mapping[str, str], context: Callable[[], Context]) -> SourceBook:
    """Open the run's sources. Commands of metrics run in its ``context``, which is there only after them."""
    from rollback_gov.execution.bash import run_metric
    from rollback_gov.sources.book import SourceBook

    book = SourceBook(
        target.workspace.environment(target.environment),
        target.workspace.environments,
        environ=world.environ,
        parameters=values,
        run=lambda script, *, timeout: run_metric(context(), script, timeout=timeout),
        mask=world.masker.text,
        stopped=lambda: world.stop.requested,
    )
    book.root = target.workspace.root
    return book


def _messages(
    target: Target, world: World, known: Mapping[str, str], record: Recorder, told: tuple[str, ...]
) -> AbstractContextManager[Notify]:
    """Open the run's messages. What opens a channel is a secret from here on."""
    from rollback_gov.commands.messages import Post, channels_of, open_messages, secrets_of

    shared = target.workspace.environments
    channels = channels_of(target.workspace.environment(target.environment), shared)
    world.masker.add(*secrets_of(channels, world.environ))
    post = Post(channels=channels, environ=world.environ, known=known, mask=world.masker.text, told=told)
    return open_messages(target.loaded.require(), post, record, hurried=lambda: world.stop.requested)


def _fields(target: Target, run: str, folder: Path) -> dict[str, str]:
    """What messages may say about the whole run. A watch has no run yet, and groups its messages by what it watches."""
    plan = target.loaded.require()
    is_part = bool(target.region) and run.endswith(f".{target.region}")
    incident = run.removesuffix(f".{target.region}") if is_part else run
    return {
        "incident": incident or f"watch {plan.metadata.operation} {target.environment}",
        "part": target.region if is_part else "",
        "region": target.region,
        "operation": plan.metadata.operation,
        "title": plan.metadata.title,
        "environment": f"{target.environment} ({target.region})" if target.region else target.environment,
        "run": run,
        "mode": "execute" if target.workspace.environment(target.environment).class_ == "production" else "rehearse",
        "report": str(folder / "incident_report.md"),
        "sla": str(plan.sla or ""),
        "from": _versions(plan.change.from_),
        "to": _versions(plan.change.to),
    }


def _versions(versions: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name} {version}" for name, version in (versions or {}).items())
