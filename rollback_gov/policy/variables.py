"""Which variables a script finds when it starts, and which of those that it uses nothing sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from rollback_gov.model.plan import Plan, Saved
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.names import names
from rollback_gov.policy.shell.options import options
from rollback_gov.policy.shell.script import Expansion, Script, in_function

EVERYWHERE = frozenset({"BASELINE", "ENVIRONMENT", "INCIDENT_DIR", "OPERATION", "RUN_ID", "SCENARIO"})
"""What a run sets for every script; a step has ``STEP`` and ``ATTEMPT`` too, and what keeps state has ``SAVE``."""
SHELL = names(
    "BASH BASHPID BASH_ARGV BASH_COMMAND BASH_LINENO BASH_REMATCH BASH_SOURCE BASH_SUBSHELL BASH_VERSION BASH_VERSINFO "
    "COLUMNS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTFILE HOSTNAME HOSTTYPE IFS LINENO LINES "
    "MACHTYPE OLDPWD OPTARG OPTERR OPTIND OSTYPE PIPESTATUS PPID PS1 PS2 PS4 PWD RANDOM REPLY SECONDS SHELL SHELLOPTS "
    "SHLVL SRANDOM UID"
)
"""Bash sets these itself."""
PROCESS = names(
    "CI DISPLAY EDITOR GITHUB_ACTIONS GITHUB_ENV GITHUB_EVENT_NAME GITHUB_JOB GITHUB_OUTPUT GITHUB_REF GITHUB_REF_NAME "
    "GITHUB_REPOSITORY GITHUB_RUN_ID GITHUB_SHA GITHUB_STEP_SUMMARY GITHUB_WORKSPACE HOME LANG LANGUAGE LC_ALL "
    "LC_CTYPE "
    "LOGNAME MAIL PAGER PATH RUNNER_OS RUNNER_TEMP SUDO_USER TEMP TERM TMP TMPDIR TZ USER XDG_CACHE_HOME "
    "XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR"
)
"""Every process has these, or nobody misses them."""
_ELSEWHERE = frozenset({".", "source", "eval"})
"""Commands that may set any variable."""


def provided(placed: PlanScript, plan: Plan) -> frozenset[str]:
    """Give the variables that a script finds when it starts."""
    step = frozenset({"STEP", "ATTEMPT"}) if placed.role == "acts" else frozenset()
    save = frozenset({"SAVE"}) if isinstance(placed.owner, Saved) else frozenset()
    return EVERYWHERE | exported(placed) | step | save | frozenset(plan.parameters or ())


def exported(placed: PlanScript) -> frozenset[str]:
    """Give the variables that the step's ``env`` gives to a script, and those that its callers may hand on."""
    own = frozenset(getattr(placed.owner, "env", None) or ())
    return own.union(*({each.name for each in caller.script.assignments} for caller in placed.callers))


def unset_uses(placed: PlanScript, plan: Plan) -> Iterator[Expansion]:
    """Give the first use of each variable that nothing sets, as far as the script itself and the run go."""
    unset = own_unset(placed.script)
    if not unset:
        return
    if placed.call is not None and (placed.is_sourced or not options(placed.script, placed.call).unset):
        return  # what nothing sets is empty there, and that may be meant
    known = provided(placed, plan)
    for use in unset:
        if use.name not in known and not (placed.call is not None and use.name.isdigit()):
            yield use


@lru_cache(maxsize=512)
def own_unset(script: Script) -> tuple[Expansion, ...]:
    """Give the first use of each variable that the script uses and neither sets nor guards."""
    if any(command.name in _ELSEWHERE for command in script.runs) or _is_lenient(script):
        return ()
    known = {assignment.name for assignment in script.assignments if not assignment.prefix}
    known |= {use.name for use in script.expansions if use.guarded}
    found: dict[str, Expansion] = {}
    for use in script.expansions:
        if use.name and use.name not in known and use.name not in found and not _is_given(use, script):
            found[use.name] = use
    return tuple(found.values())


def _is_lenient(script: Script) -> bool:
    """Whether the script lets unset variables pass as empty text."""
    sets = script.by_program.get("set", ())
    return any(word.value.startswith("+") and "u" in word.value for command in sets for word in command.arguments)


def _is_given(use: Expansion, script: Script) -> bool:
    name = use.name
    if not (name[0].isalpha() or name[0] == "_"):
        return not name.isdigit() or name == "0" or in_function(use.scope) or "set" in script.by_program
    return name in SHELL or name in PROCESS or name.startswith(("LC_", "BASH_"))


def setters(scripts: tuple[PlanScript, ...]) -> Mapping[str, PlanScript]:
    """Give for each variable that a script of the plan sets for itself the first script that does."""
    found: dict[str, PlanScript] = {}
    for placed in scripts:
        for assignment in placed.script.assignments:
            if not assignment.prefix:
                found.setdefault(assignment.name, placed)
    return found
