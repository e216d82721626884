"""The command ``rollback-gov``: commands are imported when they are called, and errors become exit codes here only."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from rollback_gov import __version__
from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError
from rollback_gov.model.exit_codes import ExitCode

COMMANDS = {
    "init": "Begin: a plan with gaps to fill in, and the files around it.",
    "validate": "Check rollback plans against the rules of their level.",
    "feedback": "Tell a pull request on GitHub what was found.",
    "accept-existing": "Accept today's findings as debt with a date.",
    "plan": "Edit plans and keep their comments.",
    "render": "Write a plan as a Markdown document, for people and pull requests.",
    "import": "Draft a plan from a runbook, with gaps for what it does not say.",
    "rules": "List the rules.",
    "explain": "Say what a rule means, with a good and a bad example.",
    "capture": "Keep a plan's baseline before the change.",
    "rehearse": "Run a plan outside production and write signed evidence.",
    "evidence": "Look at rehearsals: what counts, and what changed since.",
    "permit": "Approve, issue, verify and claim deployment permits.",
    "deployment": "Tell GitHub how a deployment ended.",
    "break-glass": "Waive rules in an emergency, and review it.",
    "triggers": "Say when triggers fire, test them, and replay what they did.",
    "watch": "Watch a plan's triggers and decide.",
    "observe": "Write down what people report, for a watch.",
    "execute": "Roll back: run a plan against its SLA.",
    "resume": "Go on with a run whose process died.",
    "approve": "Answer a gate of a running rollback from elsewhere.",
    "cancel": "End a running rollback from elsewhere.",
    "status": "Show how runs stand.",
    "journal": "Show, verify and export the journal of a run.",
    "worker": "Roll back a region for runs on several machines.",
    "report": "Write the incident report of a run.",
    "notify": "Try the channels on which people hear of a rollback.",
    "dashboard": "How rollbacks went, and how one goes, as pages.",
    "metrics": "Give the figures of all runs to Prometheus and Grafana.",
    "audit": "Show, verify and export the log of what was decided.",
    "fleet": "Say which services of many repositories could not be rolled back today.",
    "policy": "Show what the organisation demands, and which file says so.",
    "keys": "Make signing keys.",
    "completion": "Print the shell completion script.",
}


def module_of(name: str) -> str:
    """Give the module of a command: dashes become underscores, and a word of Python gets one behind it."""
    module = name.replace("-", "_")
    return f"{module}_" if iskeyword(module) else module


class LazyGroup(click.Group):
    """A group that knows its commands' names and imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import ``cli.<name>`` and give its ``command``."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"rollback_gov.cli.{module_of(cmd_name)}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"cli.{cmd_name} has no click command named 'command'")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, with "Did you mean" for a name that does not exist."""
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            ctx.fail(f"There is no command '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


EPILOG = """\b
Exit codes:
  0    passed
  1    findings, or a gate refused
  2    wrong usage or configuration
  3    nothing to check
  4    internal error (a gate treats it as refused)
  5    the rollback ran and failed
  130  interrupted

\b
Files in a repository, all of them optional but the plan:
  .rollback-gov/policy.yaml         levels, floors, rules of your own, what evidence weighs
  .rollback-gov/waivers.yaml        findings that are accepted for a while
  .rollback-gov/environments.yaml   environments, their parameters, sources and channels
  .rollback-gov/trust.yaml          whose signature counts for what
  rollback/OPERATION/plan.yaml      a plan (or plan.md), its evidence and permits beside it
  incidents/RUN/                    what a run leaves

\b
Examples:
  rollback-gov validate
  rollback-gov rehearse rollback/op-7/plan.yaml --environment staging
  rollback-gov execute rollback/op-7/plan.yaml --environment production --reason "error rate 4 %"
"""


@click.group(
    cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", prog_name="rollback-gov")
def cli() -> None:
    """Rollback plans that are checked, rehearsed, signed and executable.

    Every plan is checked against its certification level; no permit is given before the rollback was rehearsed; the
    metrics decide when to roll back; the plan runs against its SLA and survives the death of the process; the
    incident report is written from what was recorded.

    Gates fail closed for a deployment. They never stop the rollback of what was deployed: there, a person may override,
    and it is recorded.
    """


def run(args: Sequence[str] | None = None) -> int:  # noqa: PLR0911 - one return an outcome
    """Run the command line and give the exit code. The only place that turns errors into exit codes."""
    try:
        result = cli.main(
            args=list(args) if args is not None else None, prog_name="rollback-gov", standalone_mode=False
        )
    except click.exceptions.Abort:
        return _say("Interrupted.", code=ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except Refused as error:
        return _say(str(error), *(f"  - {reason}" for reason in error.reasons), hint=error.hint, code=ExitCode.FINDINGS)
    except Interrupted as error:
        return _say(str(error), hint=error.hint, code=ExitCode.INTERRUPTED)
    except RollbackGovError as error:
        return _say(str(error), hint=error.hint, code=ExitCode.USAGE)
    except KeyboardInterrupt:
        return _say("Interrupted.", code=ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the interpreter's last flush
        return ExitCode.PASSED
    except Exception as error:
        return _internal(error)
    return int(result) if isinstance(result, int) else ExitCode.PASSED


def _say(message: str, *lines: str, hint: str = "", code: ExitCode) -> int:
    click.echo(f"rollback-gov: {message}", err=True)
    for line in (*lines, *([hint] if hint else [])):
        click.echo(line, err=True)
    return code


def _internal(error: Exception) -> int:
    if os.environ.get("ROLLBACK_GOV_TRACEBACK"):
        import traceback

        traceback.print_exc()
    where = f"{type(error).__name__}: {error}"
    hint = "This is a defect of rollback-gov. Set ROLLBACK_GOV_TRACEBACK=1 and run it again to see where."
    return _say(f"internal error: {where}", hint=hint, code=ExitCode.INTERNAL_ERROR)
